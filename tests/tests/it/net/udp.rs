//! Datagrams.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use wane::net::UdpSocket;
use wane::sync::mpsc;
use wane_tests::runtimes::in_each;

async fn pair() -> (UdpSocket, UdpSocket) {
    let one = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let other = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = |socket: &UdpSocket| socket.local_addr().expect("an address");
    one.connect(address(&other)).await.expect("it connects");
    other.connect(address(&one)).await.expect("it connects");
    (one, other)
}

#[test]
fn each_datagram_goes_to_one_of_many_who_wait() {
    in_each(|| async {
        let (sender, receiver) = pair().await;
        let receiver = Arc::new(receiver);
        let (tell, mut told) = mpsc::channel(4);
        let waiters: Vec<_> = (0..32)
            .map(|_| {
                let (receiver, tell) = (receiver.clone(), tell.clone());
                wane::spawn(async move {
                    loop {
                        let mut number = [0; 4];
                        let count = receiver.recv(&mut number).await.expect("a datagram");
                        assert_eq!(count, 4);
                        if tell.send(u32::from_be_bytes(number)).await.is_err() {
                            return;
                        }
                    }
                })
            })
            .collect();
        drop(tell);
        let mut seen = BTreeSet::new();
        for number in 0..500_u32 {
            sender
                .send(&number.to_be_bytes())
                .await
                .expect("it is sent");
            // One at a time: a loopback drops what the receiver has no room for.
            let received = told.recv().await.expect("somebody receives");
            assert!(seen.insert(received), "{received} was received twice");
        }
        assert_eq!(seen.len(), 500);
        for waiter in &waiters {
            waiter.abort();
        }
        for waiter in waiters {
            assert!(waiter.await.is_err_and(|error| error.is_cancelled()));
        }
    });
}

#[test]
fn a_cancelled_receive_loses_nothing() {
    in_each(|| async {
        let (sender, receiver) = pair().await;
        for round in 0..100_u32 {
            let mut lost = [0; 8];
            {
                let mut receive = pin!(receiver.recv(&mut lost));
                let polled = poll_fn(|ctx| Poll::Ready(receive.as_mut().poll(ctx))).await;
                assert!(polled.is_pending());
                sender.send(&round.to_be_bytes()).await.expect("it is sent");
                // Woken or not, it is dropped before it has looked again.
            }
            let mut received = [0; 8];
            let count = receiver.recv(&mut received).await.expect("a datagram");
            assert_eq!(received[..count], round.to_be_bytes());
        }
    });
}

#[test]
fn a_refused_datagram_wakes_who_receives() {
    in_each(|| async {
        let (sender, receiver) = pair().await;
        drop(receiver);
        let mut byte = [0];
        let waits = sender.recv(&mut byte);
        let refused = async {
            sender.send(b"to nobody").await.expect("it is sent");
        };
        let (received, ()) = wane::join!(waits, refused);
        let error = received.expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        // The error was the datagram's, not the socket's.
        assert_eq!(sender.send(b"again").await.expect("it is sent"), 5);
    });
}

#[test]
fn what_is_peeked_at_is_received_again() {
    in_each(|| async {
        let (sender, receiver) = pair().await;
        let address = sender.local_addr().expect("an address");
        sender.send(b"hello").await.expect("it is sent");
        let mut buffer = [0; 16];
        assert_eq!(receiver.peek_sender().await.expect("a datagram"), address);
        assert_eq!(receiver.peek(&mut buffer).await.expect("a datagram"), 5);
        let peeked = receiver.peek_from(&mut buffer).await.expect("a datagram");
        assert_eq!(peeked, (5, address));
        assert_eq!(receiver.try_peek_sender().expect("a datagram"), address);
        let mut grown = b"said: ".to_vec();
        let received = receiver.recv_buf_from(&mut grown).await;
        assert_eq!(received.expect("a datagram"), (5, address));
        assert_eq!(grown, b"said: hello");
        let error = receiver.try_peek(&mut buffer).expect_err("it is gone");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    });
}

#[test]
fn a_datagram_that_is_too_large_for_the_buffer_loses_its_end() {
    in_each(|| async {
        let (sender, receiver) = pair().await;
        sender.send(b"hello, world").await.expect("it is sent");
        sender.send(b"").await.expect("it is sent");
        let mut buffer = [0; 5];
        assert_eq!(receiver.recv(&mut buffer).await.expect("a datagram"), 5);
        assert_eq!(&buffer, b"hello");
        assert_eq!(receiver.recv(&mut buffer).await.expect("an empty one"), 0);
    });
}

#[test]
fn a_name_without_addresses_is_an_error() {
    in_each(|| async {
        let socket = UdpSocket::bind("localhost:0").await.expect("a port");
        let error = socket.send_to(b"x", &[][..]).await.expect_err("no address");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let port = socket.local_addr().expect("an address").port();
        let sent = socket.send_to(b"x", ("localhost", port)).await;
        assert_eq!(sent.expect("it is sent"), 1);
    });
}

#[test]
fn options_are_what_they_were_set_to() {
    in_each(|| async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        socket.set_broadcast(true).expect("it is permitted");
        assert!(socket.broadcast().expect("it is there"));
        socket.set_ttl(7).expect("it is permitted");
        assert_eq!(socket.ttl().expect("it is there"), 7);
        socket.set_multicast_ttl_v4(9).expect("it is permitted");
        assert_eq!(socket.multicast_ttl_v4().expect("it is there"), 9);
        socket
            .set_multicast_loop_v4(false)
            .expect("it is permitted");
        assert!(!socket.multicast_loop_v4().expect("it is there"));
        let group = Ipv4Addr::new(224, 0, 0, 123);
        let error = socket.leave_multicast_v4(group, Ipv4Addr::UNSPECIFIED);
        assert!(error.is_err(), "a group that was not joined is left");
        assert!(socket.take_error().expect("it is there").is_none());
        let error = socket.peer_addr().expect_err("it is not connected");
        assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    });
}
