//! Sockets across tasks and workers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use wane::io::{AsyncReadExt, AsyncWriteExt};
use wane::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use wane_tests::drops::Ledger;
use wane_tests::gate::Gate;
use wane_tests::runtimes::in_each;

/// Accepts so many connections, and sends back what comes.
async fn serve(listener: TcpListener, connections: usize) -> io::Result<u64> {
    let mut echoes = Vec::new();
    for _ in 0..connections {
        let (mut stream, _) = listener.accept().await?;
        echoes.push(wane::spawn(async move {
            let (mut read, mut write) = stream.split();
            wane::io::copy(&mut read, &mut write).await
        }));
    }
    let mut bytes = 0;
    for echo in echoes {
        bytes += echo.await??;
    }
    Ok(bytes)
}

#[test]
fn an_echo_comes_back_across_workers() {
    in_each(|| async {
        let clients = 8;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = wane::spawn(serve(listener, clients));
        let clients = (0..clients as u8).map(|number| {
            wane::spawn(async move {
                // More than the buffers of both sockets hold: it has to be read while it is written.
                let sent = vec![number; 1 << 20];
                let (mut read, mut write) = TcpStream::connect(address).await?.into_split();
                let expected = sent.clone();
                let writer = wane::spawn(async move {
                    write.write_all(&sent).await?;
                    write.shutdown().await
                });
                let mut received = Vec::new();
                read.read_to_end(&mut received).await?;
                writer.await??;
                assert!(received == expected, "what comes back is what was sent");
                io::Result::Ok(())
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client
                .await
                .expect("no panic")
                .expect("the echo comes back");
        }
        let bytes = server.await.expect("no panic").expect("all were served");
        assert_eq!(bytes, 8 << 20);
    });
}

#[test]
fn many_connections_are_accepted_under_load() {
    in_each(|| async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("it is permitted");
        let any_port = "127.0.0.1:0".parse().expect("an address");
        socket.bind(any_port).expect("a port");
        let listener = Arc::new(socket.listen(1024).expect("it listens"));
        let address = listener.local_addr().expect("an address");
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
                wane::spawn(async move {
                    let socket = TcpSocket::new_v4().expect("a socket");
                    let mut stream = socket.connect(address).await.expect("it connects");
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
fn what_a_socket_is_set_to_holds_for_its_stream() {
    in_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_nodelay(true).expect("it is permitted");
        socket.set_keepalive(true).expect("it is permitted");
        socket
            .set_send_buffer_size(1 << 16)
            .expect("it is permitted");
        let linger = Some(Duration::from_secs(1));
        socket.set_linger(linger).expect("it is permitted");
        assert!(socket.keepalive().expect("it is there"));
        assert!(socket.send_buffer_size().expect("it is there") >= 1 << 16);
        let address = listener.local_addr().expect("an address");
        let stream = socket.connect(address).await.expect("it connects");
        assert!(stream.nodelay().expect("it is there"));
        assert_eq!(stream.linger().expect("it is there"), linger);
        stream.set_zero_linger().expect("it is permitted");

        let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = closed.local_addr().expect("an address");
        drop(closed);
        let socket = TcpSocket::new_v4().expect("a socket");
        let error = socket.connect(address).await.expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_name_is_looked_up() {
    in_each(|| async {
        let mut addresses = lookup_host("localhost:4242")
            .await
            .expect("localhost has an address");
        assert!(addresses.all(|address| address.ip().is_loopback() && address.port() == 4242));
        let listener = TcpListener::bind("localhost:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (client, accepted) =
            wane::join!(TcpStream::connect(("localhost", port)), listener.accept());
        assert_eq!(
            client
                .expect("it connects")
                .local_addr()
                .expect("an address"),
            accepted.expect("it is accepted").1
        );
    });
}

#[test]
fn a_task_that_waits_for_a_connection_is_aborted() {
    in_each(|| async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (waits, ledger) = (Gate::new(), Ledger::new());
        let (is_there, token) = (waits.clone(), ledger.token());
        let server = wane::spawn(async move {
            let _token = token;
            is_there.open();
            listener.accept().await.map(drop)
        });
        waits.pass().await;
        assert!(server.cancel().await.expect_err("aborted").is_cancelled());
        assert!(ledger.is_settled(), "the listener went with the future");
    });
}
