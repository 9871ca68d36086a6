//! Unix sockets and pipes.

use std::future::poll_fn;
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use wane::io::{AsyncReadExt, AsyncWriteExt};
use wane::net::unix::{ReuniteError, pipe};
use wane::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
use wane_tests::runtimes::in_each;

/// A path of its own, which is removed with it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wane-unix-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The test may have failed before it was bound.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Bytes that repeat at no power of two, so that a lost or doubled piece shows.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8).collect()
}

#[test]
fn an_echo_comes_back_through_a_path() {
    in_each(|| async {
        let place = Place::new();
        let listener = UnixListener::bind(&place.0).expect("a path");
        let server = wane::spawn(async move {
            let (mut stream, _) = listener.accept().await?;
            let (mut read, mut write) = stream.split();
            wane::io::copy(&mut read, &mut write).await?;
            write.shutdown().await
        });
        let client = UnixStream::connect(&place.0).await.expect("it connects");
        let credentials = client.peer_cred().expect("the system knows");
        assert!(
            credentials
                .pid()
                .is_none_or(|pid| pid.unsigned_abs() == std::process::id())
        );
        let (mut read, mut write) = client.into_split();
        let sent = pattern(1 << 20);
        let expected = sent.clone();
        let writer = wane::spawn(async move {
            write.write_all(&sent).await.expect("it is written");
        });
        let mut received = Vec::new();
        read.read_to_end(&mut received).await.expect("the echo");
        assert!(received == expected, "what comes back is what was sent");
        writer.await.expect("no panic");
        server.await.expect("no panic").expect("it was served");
    });
}

#[test]
fn many_connections_are_accepted_under_load() {
    in_each(|| async {
        let place = Place::new();
        let socket = UnixSocket::new_stream().expect("a socket");
        socket.bind(&place.0).expect("a path");
        let listener = std::sync::Arc::new(socket.listen(1024).expect("it listens"));
        let acceptors: Vec<_> = (0..4)
            .map(|_| {
                let listener = listener.clone();
                wane::spawn(async move {
                    for _ in 0..100 {
                        let (mut stream, _) = listener.accept().await.expect("a connection");
                        let number = stream.read_u32().await.expect("a number");
                        stream.write_u32(number + 1).await.expect("it is taken");
                    }
                })
            })
            .collect();
        let clients: Vec<_> = (0..400_u32)
            .map(|number| {
                let path = place.0.clone();
                wane::spawn(async move {
                    let mut stream = UnixStream::connect(path).await.expect("it connects");
                    stream.write_u32(number).await.expect("it is taken");
                    assert_eq!(stream.read_u32().await.expect("an answer"), number + 1);
                })
            })
            .collect();
        for task in clients.into_iter().chain(acceptors) {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn halves_of_different_streams_are_given_back() {
    in_each(|| async {
        let (one, other) = UnixStream::pair().expect("a pair");
        let (reader, writer) = one.into_split();
        let (other_reader, other_writer) = other.into_split();
        let ReuniteError(reader, other_writer) = reader
            .reunite(other_writer)
            .expect_err("they are of two streams");
        let mut one = writer.reunite(reader).expect("they are of one stream");
        let mut other = other_writer
            .reunite(other_reader)
            .expect("they are of one stream");
        // Nothing was shut down on the way.
        one.write_all(b"x").await.expect("it is written");
        other.write_all(b"y").await.expect("it is written");
        assert_eq!(one.read_u8().await.expect("a byte"), b'y');
        let (_, writer) = one.into_split();
        drop(writer);
        assert_eq!(other.read_u8().await.expect("a byte"), b'x');
        assert_eq!(other.read(&mut [0]).await.expect("the end"), 0);
    });
}

#[test]
fn a_cancelled_read_or_write_loses_nothing() {
    in_each(|| async {
        let (mut one, mut other) = UnixStream::pair().expect("a pair");
        let mut lost = [0; 8];
        {
            let mut read = pin!(other.read(&mut lost));
            let polled = poll_fn(|ctx| Poll::Ready(read.as_mut().poll(ctx))).await;
            assert!(polled.is_pending());
            one.write_all(b"kept").await.expect("it is written");
        }
        let mut received = [0; 8];
        assert_eq!(other.read(&mut received).await.expect("it is there"), 4);
        assert_eq!(&received[..4], b"kept");

        // Until it would wait: the write that waits has written nothing.
        let piece = pattern(4096);
        let mut written = 0;
        loop {
            let mut write = pin!(one.write(&piece));
            match poll_fn(|ctx| Poll::Ready(write.as_mut().poll(ctx))).await {
                Poll::Ready(count) => written += count.expect("there is room"),
                Poll::Pending => break,
            }
        }
        drop(one);
        let mut rest = Vec::new();
        other.read_to_end(&mut rest).await.expect("the rest");
        assert_eq!(rest.len(), written);
    });
}

#[test]
fn datagrams_keep_their_bounds_and_order() {
    in_each(|| async {
        let (sender, receiver) = UnixDatagram::pair().expect("a pair");
        let send = async {
            for len in 0..300 {
                sender.send(&pattern(len)).await.expect("it is sent");
            }
        };
        let receive = async {
            let mut buffer = [0; 512];
            for len in 0..300 {
                let count = receiver.recv(&mut buffer).await.expect("it is received");
                assert_eq!(buffer[..count], pattern(len));
            }
        };
        wane::join!(send, receive);
    });
}

#[test]
fn a_datagram_finds_its_path_and_tells_where_it_comes_from() {
    in_each(|| async {
        let (place, home) = (Place::new(), Place::new());
        let receiver = UnixDatagram::bind(&place.0).expect("a path");
        let sender = UnixDatagram::bind(&home.0).expect("a path");
        let nameless = UnixDatagram::unbound().expect("a socket");
        sender.send_to(b"one", &place.0).await.expect("it is sent");
        nameless.connect(&place.0).expect("it connects");
        nameless.send(b"other").await.expect("it is sent");
        let mut buffer = [0; 16];
        let (count, address) = receiver.recv_from(&mut buffer).await.expect("the first");
        assert_eq!((count, address.as_pathname()), (3, Some(home.0.as_path())));
        let mut grown = Vec::new();
        let (count, address) = receiver
            .recv_buf_from(&mut grown)
            .await
            .expect("the second");
        assert_eq!((count, address.is_unnamed()), (5, true));
        assert_eq!(grown, b"other");
    });
}

#[test]
fn a_pipe_ends_when_its_senders_do_and_breaks_when_its_receiver_does() {
    in_each(|| async {
        let (mut sender, mut receiver) = pipe::pipe().expect("a pipe");
        let sent = pattern(1 << 18);
        let write = async {
            sender.write_all(&sent).await.expect("it is written");
            drop(sender);
        };
        let mut received = Vec::new();
        let (read, ()) = wane::join!(receiver.read_to_end(&mut received), write);
        read.expect("the end");
        assert!(received == sent, "what is read is what was written");

        let (mut sender, receiver) = pipe::pipe().expect("a pipe");
        drop(receiver);
        let error = sender.write_all(b"x").await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn only_the_right_end_of_a_pipe_is_taken() {
    in_each(|| async {
        let (read, write) = io::pipe().expect("a pipe");
        let error = pipe::Sender::from_owned_fd(read.into()).expect_err("it is to be read from");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let error =
            pipe::Receiver::from_owned_fd(write.into()).expect_err("it is to be written to");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let (socket, _) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let error = pipe::Sender::from_owned_fd(socket.into()).expect_err("it is a socket");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);

        let (read, write) = io::pipe().expect("a pipe");
        let receiver = pipe::Receiver::from_owned_fd(read.into()).expect("it is a pipe");
        let sender = pipe::Sender::from_owned_fd(write.into()).expect("it is a pipe");
        sender.writable().await.expect("the runtime is there");
        let error = receiver.try_read(&mut [0]).expect_err("it does not block");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let sender = sender.into_blocking_fd().expect("it is deregistered");
        std::fs::File::from(sender)
            .write_all(b"hello")
            .expect("it is written");
        let mut grown = Vec::new();
        receiver.readable().await.expect("the runtime is there");
        assert_eq!(receiver.try_read_buf(&mut grown).expect("it is there"), 5);
    });
}

/// A read ends where a descriptor was sent along, though more is there: the count says nothing.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn the_bytes_behind_a_descriptor_are_read_without_another_report() {
    in_each(|| async {
        let (one, mut other) = std::os::unix::net::UnixStream::pair().expect("a pair");
        send_with_descriptor(&other, b"first");
        other.write_all(b"second").expect("there is room");
        // Registered after both were sent: one report for both.
        let mut one = UnixStream::from_std(one).expect("it is registered");
        let mut received = [0; 64];
        assert_eq!(one.read(&mut received).await.expect("it is there"), 5);
        assert_eq!(one.read(&mut received).await.expect("it is there"), 6);
        assert_eq!(&received[..6], b"second");
    });
}

/// Sends bytes, and a descriptor beside them (`SCM_RIGHTS`).
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn send_with_descriptor(stream: &std::os::unix::net::UnixStream, bytes: &[u8]) {
    const SOL_SOCKET: i32 = 1;
    const SCM_RIGHTS: i32 = 1;
    let mut control = Vec::new();
    control.extend(20_usize.to_ne_bytes());
    control.extend(SOL_SOCKET.to_ne_bytes());
    control.extend(SCM_RIGHTS.to_ne_bytes());
    control.extend(std::os::fd::AsRawFd::as_raw_fd(stream).to_ne_bytes());
    control.extend([0; 4]);
    let buffers = [io::IoSlice::new(bytes)];
    let message = socket2::MsgHdr::new()
        .with_buffers(&buffers)
        .with_control(&control);
    let sent = socket2::SockRef::from(stream).sendmsg(&message, 0);
    assert_eq!(sent.expect("it is sent"), bytes.len());
}

#[cfg(target_os = "linux")]
#[test]
fn an_abstract_name_is_no_file() {
    in_each(|| async {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("\0wane-{}-{number}", std::process::id());
        let listener = UnixListener::bind(&name).expect("the name is free");
        let (client, accepted) = wane::join!(UnixStream::connect(&name), listener.accept());
        accepted.expect("it is accepted");
        let address = client
            .expect("it connects")
            .peer_addr()
            .expect("it has one");
        assert_eq!(address.as_abstract_name(), Some(&name.as_bytes()[1..]));
        assert!(address.as_pathname().is_none() && !address.is_unnamed());

        let name = format!("{name}-datagrams");
        let one = UnixDatagram::bind(&name).expect("the name is free");
        let (other, _) = UnixDatagram::pair().expect("a pair");
        drop(other);
        let address = one.local_addr().expect("it has one");
        assert_eq!(address.as_abstract_name(), Some(&name.as_bytes()[1..]));
    });
}
