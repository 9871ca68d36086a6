//! What becomes of sockets when their runtime ends, and of runtimes' tables when sockets do.

use std::future::Future;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use wane::io::Interest;
use wane::io::unix::AsyncFd;
use wane::net::unix::pipe;
use wane::net::{TcpListener, TcpSocket, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use wane::runtime::{Handle, is_rt_shutdown_err};
use wane_tests::runtimes::{Kind, in_each};

/// Polls once.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn assert_shut_down<T>(done: Poll<io::Result<T>>) {
    match done {
        Poll::Ready(Err(error)) => assert!(is_rt_shutdown_err(&error), "{error}"),
        Poll::Ready(Ok(_)) => panic!("it works without its runtime"),
        Poll::Pending => panic!("it waits without its runtime"),
    }
}

#[test]
fn whatever_outlives_its_runtime_fails_with_the_shutdown_error() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let folder = std::env::temp_dir().join(format!("wane-ends-{}-{kind}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (udp, unix, listener, datagram, sender, receiver, fd) = runtime.block_on(async {
            let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
            let (unix, _) = UnixStream::pair().expect("a pair");
            let listener = UnixListener::bind(folder.join("listener")).expect("a path");
            let (datagram, _) = UnixDatagram::pair().expect("a pair");
            let (sender, receiver) = pipe::pipe().expect("a pipe");
            let (fd, _) = std::os::unix::net::UnixStream::pair().expect("a pair");
            let fd = AsyncFd::new(fd).expect("a socket can be watched");
            (udp, unix, listener, datagram, sender, receiver, fd)
        });
        drop(runtime);
        let mut byte = [0];
        assert_shut_down(poll_once(udp.recv(&mut byte)));
        assert_shut_down(poll_once(udp.send_to(&byte, "127.0.0.1:1")));
        assert_shut_down(poll_once(unix.readable()));
        assert_shut_down(poll_once(listener.accept()));
        assert_shut_down(poll_once(datagram.send(b"x")));
        assert_shut_down(poll_once(sender.writable()));
        assert_shut_down(poll_once(receiver.readable()));
        assert_shut_down(poll_once(fd.readable()));
        assert_shut_down(Poll::Ready(unix.try_write(b"x")));
        assert_shut_down(Poll::Ready(fd.try_io(Interest::READABLE, |_| Ok(()))));
        std::fs::remove_dir_all(&folder).expect("the folder is there");
    }
}

#[test]
fn who_waits_when_the_runtime_ends_is_told() {
    for kind in Kind::ALL {
        let runtime = kind.build();
        let udp = runtime.block_on(UdpSocket::bind("127.0.0.1:0"));
        let udp = udp.expect("a port");
        let mut byte = [0];
        let mut receive = pin!(udp.recv(&mut byte));
        let mut ctx = Context::from_waker(Waker::noop());
        assert!(receive.as_mut().poll(&mut ctx).is_pending());
        drop(runtime);
        assert_shut_down(receive.poll(&mut ctx));
    }
}

#[test]
fn a_descriptor_that_is_used_again_belongs_to_its_new_socket() {
    in_each(|| async {
        let peer = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = peer.local_addr().expect("an address");
        let mut former = None;
        for round in 0..200_u32 {
            let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
            // The system gives the lowest free number: most rounds have the former socket's.
            let number = std::os::fd::AsRawFd::as_raw_fd(&socket);
            let is_reused = former.replace(number) == Some(number);
            socket.connect(address).await.expect("it connects");
            peer.send_to(
                &round.to_be_bytes(),
                socket.local_addr().expect("an address"),
            )
            .await
            .expect("it is sent");
            let mut received = [0; 8];
            let count = socket.recv(&mut received).await.expect("it is received");
            assert_eq!(
                received[..count],
                round.to_be_bytes(),
                "reused: {is_reused}"
            );
            // An event for this one may still be under way when the next one registers.
            peer.send_to(b"late", socket.local_addr().expect("an address"))
                .await
                .expect("it is sent");
        }
    });
}

/// The file that the last panic for want of a runtime was blamed on.
static LAST: Mutex<Option<String>> = Mutex::new(None);

#[test]
fn a_socket_made_outside_of_a_runtime_panics_at_its_caller() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_ours = info.to_string().contains("no runtime to keep this socket");
        match (is_ours, info.location()) {
            (true, Some(location)) => {
                let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
                *last = Some(location.file().to_owned());
            }
            _ => before(info),
        }
    }));
    assert_blames_its_caller("UdpSocket", || {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        UdpSocket::from_std(socket).is_ok()
    });
    assert_blames_its_caller("UnixStream", || UnixStream::pair().is_ok());
    assert_blames_its_caller("UnixStream of std", || {
        let (one, _) = std::os::unix::net::UnixStream::pair().expect("a pair");
        UnixStream::from_std(one).is_ok()
    });
    assert_blames_its_caller("UnixDatagram", || UnixDatagram::pair().is_ok());
    assert_blames_its_caller("unbound", || UnixDatagram::unbound().is_ok());
    assert_blames_its_caller("pipe", || pipe::pipe().is_ok());
    assert_blames_its_caller("Sender", || {
        let (_, sender) = io::pipe().expect("a pipe");
        pipe::Sender::from_owned_fd(sender.into()).is_ok()
    });
    assert_blames_its_caller("AsyncFd", || AsyncFd::new(io::stdin()).is_ok());
    assert_blames_its_caller("TcpSocket", || {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.listen(1).is_ok()
    });
    drop(panic::take_hook());
}

#[track_caller]
fn assert_blames_its_caller(what: &str, attempt: fn() -> bool) {
    let outcome = panic::catch_unwind(AssertUnwindSafe(attempt));
    assert!(outcome.is_err(), "{what} was made outside of a runtime");
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    assert_eq!(last.as_deref(), Some(file!()), "{what} blames another");
}

#[test]
fn a_descriptor_taken_out_goes_into_another_runtime() {
    let first = Kind::Workers(1).build();
    let second = Kind::CurrentThread.build();
    let (one, other) = first
        .block_on(async { UnixStream::pair() })
        .expect("a pair");
    let one = one.into_std().expect("it is deregistered");
    drop(first);
    drop(other);
    second.block_on(async {
        let one = UnixStream::from_std(one).expect("it is registered anew");
        one.readable().await.expect("the runtime is there");
        assert_eq!(one.try_read(&mut [0]).expect("the end"), 0);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let owned: OwnedFd = listener.as_fd().try_clone_to_owned().expect("a duplicate");
        // A duplicate is registered by itself, and the first one's end is not its end.
        let duplicate = TcpListener::from_std(owned.into()).expect("it is registered");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let client = wane::net::TcpStream::connect(address);
        let (client, accepted) = wane::join!(client, duplicate.accept());
        assert!(client.is_ok() && accepted.is_ok());
    });
    assert!(Handle::try_current().is_err(), "no runtime is left entered");
}
