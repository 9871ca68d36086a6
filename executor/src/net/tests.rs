//! What sockets promise, on a driver of their own.

use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wane_channel::base::budget;
use wane_channel::base::sync::Arc;
use wane_channel::base::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::driver::is_rt_shutdown_err;
use crate::testing::Bench;

const ANY_PORT: &str = "127.0.0.1:0";

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(ANY_PORT).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), server.unwrap().0)
}

/// Bytes that repeat at no power of two, so that a lost or doubled piece shows.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251) as u8).collect()
}

/// Polls `future` once with the task's waker: is it done?
async fn is_done_at_once<F: Future + Unpin>(future: &mut F) -> bool {
    poll_fn(|ctx| Poll::Ready(std::pin::Pin::new(&mut *future).poll(ctx).is_ready())).await
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn sockets_cross_the_catching_of_a_panic() {
    fn holds<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe + Send + Sync>() {}
    holds::<TcpListener>();
    holds::<TcpSocket>();
    holds::<TcpStream>();
    holds::<UdpSocket>();
    holds::<UnixDatagram>();
    holds::<UnixListener>();
    holds::<UnixStream>();
    holds::<unix::pipe::Sender>();
    holds::<unix::pipe::Receiver>();
    holds::<async_fd::AsyncFd<std::fs::File>>();
}

#[test]
fn what_is_sent_comes_back_from_an_echo() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, mut server) = pair().await;
        // A chunk must not wait for the acknowledgement of the one before.
        server.set_nodelay(true).unwrap();
        let echo = async {
            let mut received = [0; 64];
            loop {
                match server.read(&mut received).await.unwrap() {
                    0 => break server.shutdown().await.unwrap(),
                    count => server.write_all(&received[..count]).await.unwrap(),
                }
            }
        };
        let ask = async {
            for n in 1..200_usize {
                let sent = pattern(n);
                client.write_all(&sent).await.unwrap();
                let mut received = vec![0; n];
                client.read_exact(&mut received).await.unwrap();
                assert_eq!(received, sent);
            }
            client.shutdown().await.unwrap();
            assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
        };
        tokio::join!(echo, ask);
    });
}

#[test]
fn large_transfers_go_both_ways_at_once() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (one, other) = pair().await;
        let sent = pattern(8 << 20);
        let exchange = |stream: TcpStream| {
            let sent = &sent;
            async move {
                let (mut reader, mut writer) = stream.into_split();
                let write = async {
                    writer.write_all(sent).await.unwrap();
                    drop(writer);
                };
                let mut received = Vec::new();
                let (read, ()) = tokio::join!(reader.read_to_end(&mut received), write);
                read.unwrap();
                assert!(received == *sent);
            }
        };
        tokio::join!(exchange(one), exchange(other));
    });
}

#[test]
fn a_half_closed_stream_still_reads() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, mut server) = pair().await;
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut received = Vec::new();
        server.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"question");
        server.write_all(b"answer").await.unwrap();
        drop(server);
        received.clear();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"answer");
    });
}

#[test]
fn a_cancelled_read_loses_nothing() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, mut server) = pair().await;
        let sent = pattern(3000);
        let mut received = Vec::new();
        for piece in sent.chunks(7) {
            let mut buffer = [0; 16];
            assert!(!is_done_at_once(&mut pin!(server.read(&mut buffer))).await);
            client.write_all(piece).await.unwrap();
            let mut got = 0;
            while got < piece.len() {
                // Dropped as soon as it has to wait, and made anew.
                server.readable().await.unwrap();
                let mut read = pin!(server.read(&mut buffer));
                let polled = poll_fn(|ctx| Poll::Ready(read.as_mut().poll(ctx))).await;
                if let Poll::Ready(count) = polled {
                    let count = count.unwrap();
                    received.extend_from_slice(&buffer[..count]);
                    got += count;
                }
            }
        }
        assert_eq!(received, sent);
    });
}

#[test]
fn the_bytes_after_a_short_read_are_not_lost() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (client, mut server) = pair().await;
        let mut client = client.into_std().unwrap();
        client.set_nonblocking(false).unwrap();
        for round in 0..500_u32 {
            client.write_all(&round.to_be_bytes()).unwrap();
            let mut received = [0; 64];
            let mut got = 0;
            while got < 4 {
                got += server.read(&mut received[got..]).await.unwrap();
            }
            assert_eq!(received[..4], round.to_be_bytes());
        }
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 0);
    });
}

#[test]
fn dropping_the_owned_write_half_ends_the_stream_and_forgetting_it_does_not() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (client, mut server) = pair().await;
        let (reader, writer) = client.into_split();
        writer.forget();
        let mut byte = [0];
        assert!(!is_done_at_once(&mut pin!(server.read(&mut byte))).await);
        drop(reader);
        assert_eq!(server.read(&mut byte).await.unwrap(), 0);

        let (client, mut server) = pair().await;
        let (_reader, writer) = client.into_split();
        drop(writer);
        assert_eq!(server.read(&mut byte).await.unwrap(), 0);
    });
}

#[test]
fn halves_of_different_streams_are_given_back() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (one, other) = pair().await;
        let address = one.local_addr().unwrap();
        let (reader, writer) = one.into_split();
        let (other_reader, other_writer) = other.into_split();
        let tcp::ReuniteError(reader, other_writer) = reader.reunite(other_writer).unwrap_err();
        let mut one = writer.reunite(reader).unwrap();
        let mut other = other_writer.reunite(other_reader).unwrap();
        assert_eq!(one.local_addr().unwrap(), address);
        // Nothing was shut down on the way.
        one.write_all(b"x").await.unwrap();
        other.write_all(b"y").await.unwrap();
        let mut byte = [0];
        one.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"y");
    });
}

#[test]
fn several_tasks_accept_from_one_listener() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connect = async {
            let one = TcpStream::connect(address).await.unwrap();
            let other = TcpStream::connect(address).await.unwrap();
            let last = TcpStream::connect(address).await.unwrap();
            (one, other, last)
        };
        let accept = || async { listener.accept().await.unwrap().1 };
        let (clients, one, other, last) = tokio::join!(connect, accept(), accept(), accept());
        let mut accepted = [one, other, last];
        let (one, other, last) = &clients;
        let mut connected = [one, other, last].map(|stream| stream.local_addr().unwrap());
        accepted.sort();
        connected.sort();
        assert_eq!(accepted, connected);
    });
}

#[test]
fn a_refused_connection_is_an_error_and_leaves_nothing() {
    let mut bench = Bench::new();
    let handle = bench.handle.clone();
    bench.block_on(async {
        let closed = {
            let listener = std::net::TcpListener::bind(ANY_PORT).unwrap();
            listener.local_addr().unwrap()
        };
        let error = TcpStream::connect(closed).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let error = TcpStream::connect(&[][..]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let addresses = [closed, listener.local_addr().unwrap()];
        let stream = TcpStream::connect(&addresses[..]).await.unwrap();
        assert_eq!(handle.source_count(), 2);
        drop((stream, listener));
        assert_eq!(handle.source_count(), 0);
    });
}

#[test]
fn names_are_looked_up() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let addresses: Vec<_> = lookup_host(("localhost", 80)).await.unwrap().collect();
        assert!(!addresses.is_empty());
        assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(TcpStream::connect(("localhost", port)).await.is_ok());
        assert!(lookup_host("no port in this").await.is_err());
    });
}

#[test]
fn sockets_that_outlive_their_driver_fail_with_a_typed_error() {
    let mut bench = Bench::new();
    let weak = bench.handle.downgrade();
    let (listener, mut client, server) = bench.block_on(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let (client, server) = pair().await;
        (listener, client, server)
    });
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let mut ctx = Context::from_waker(&waker);
    let mut buffer = [0; 8];
    {
        let mut accepting = pin!(listener.accept());
        let mut reading = pin!(client.read(&mut buffer));
        assert!(accepting.as_mut().poll(&mut ctx).is_pending());
        assert!(reading.as_mut().poll(&mut ctx).is_pending());
        drop(bench);
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
        let Poll::Ready(Err(error)) = accepting.poll(&mut ctx) else {
            panic!("a listener without a runtime waits");
        };
        assert!(is_rt_shutdown_err(&error));
        let Poll::Ready(Err(error)) = reading.poll(&mut ctx) else {
            panic!("a stream without a runtime waits");
        };
        assert!(is_rt_shutdown_err(&error));
    }
    assert!(is_rt_shutdown_err(&server.try_write(b"x").unwrap_err()));
    assert!(weak.upgrade().is_none(), "a socket keeps its driver alive");

    // The socket itself still lives, and finds a home elsewhere.
    let server = server.into_std().unwrap();
    let mut bench = Bench::new();
    bench.block_on(async {
        let server = TcpStream::from_std(server).unwrap();
        server.writable().await.unwrap();
        assert_eq!(server.try_write(b"x").unwrap(), 1);
    });
}

#[test]
fn a_shut_down_driver_refuses_new_sockets() {
    let mut bench = Bench::new();
    bench.handle.shutdown();
    let error = bench.block_on(TcpListener::bind(ANY_PORT)).unwrap_err();
    assert!(is_rt_shutdown_err(&error));
    assert_eq!(bench.handle.source_count(), 0);
}

#[test]
fn reads_that_do_not_wait_spend_budget() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, mut server) = pair().await;
        client.write_all(&pattern(1000)).await.unwrap();
        let mut most = 0;
        let mut total = 0;
        while total < 1000 {
            server.readable().await.unwrap();
            let read = poll_fn(|ctx| {
                let mut read = 0;
                let mut byte = [0];
                while let Poll::Ready(count) = pin!(server.read(&mut byte)).poll(ctx) {
                    read += count.unwrap();
                    if total + read == 1000 {
                        break;
                    }
                }
                Poll::Ready(read)
            });
            let read = read.await;
            total += read;
            most = most.max(read);
            yield_now().await;
        }
        assert_eq!(most, usize::from(budget::UNITS_PER_POLL));
    });
}

async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|ctx| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        ctx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn peeked_bytes_are_read_again() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, mut server) = pair().await;
        client.write_all(b"abc").await.unwrap();
        let mut buffer = [0; 8];
        for _ in 0..3 {
            assert_eq!(server.peek(&mut buffer).await.unwrap(), 3);
        }
        assert_eq!(server.read(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer[..3], b"abc");
    });
}

#[test]
fn readiness_says_what_is_closed() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (mut client, server) = pair().await;
        assert!(
            server
                .ready(Interest::WRITABLE)
                .await
                .unwrap()
                .is_writable()
        );
        client.shutdown().await.unwrap();
        let ready = server.ready(Interest::READABLE).await.unwrap();
        assert!(ready.is_read_closed());
        assert_eq!(server.try_read(&mut [0; 8]).unwrap(), 0);
        assert!(
            server
                .ready(Interest::READABLE)
                .await
                .unwrap()
                .is_readable()
        );
    });
}

#[test]
fn socket_options_are_what_they_were_set_to() {
    let mut bench = Bench::new();
    bench.block_on(async {
        let (client, server) = pair().await;
        client.set_nodelay(true).unwrap();
        assert!(client.nodelay().unwrap());
        client.set_ttl(33).unwrap();
        assert_eq!(client.ttl().unwrap(), 33);
        assert_eq!(client.linger().unwrap(), None);
        client.set_zero_linger().unwrap();
        assert_eq!(client.linger().unwrap(), Some(std::time::Duration::ZERO));
        drop(client);
        let error = server
            .readable()
            .await
            .and_then(|()| server.try_read(&mut [0; 1]));
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_stream_goes_to_the_standard_library_and_back() {
    let mut bench = Bench::new();
    let handle = bench.handle.clone();
    bench.block_on(async {
        let (client, server) = pair().await;
        let mut client = client.into_std().unwrap();
        assert_eq!(handle.source_count(), 1);
        client.set_nonblocking(false).unwrap();
        server.writable().await.unwrap();
        server.try_write(b"hello").unwrap();
        let mut received = [0; 5];
        client.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"hello");
        let client = TcpStream::try_from(client).unwrap();
        assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
        let busy = client.try_read(&mut received).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::WouldBlock);
    });
}
