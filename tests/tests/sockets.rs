//! What closed sockets leave in memory: nothing, to the byte, while their runtime and its listener live.
//!
//! One test, since the heap that it counts is the process's.

use std::io;
use std::pin::Pin;
use std::task::{Context, Waker};

use wane::io::unix::AsyncFd;
use wane::net::unix::pipe;
use wane::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream};
use wane::runtime::Runtime;
use wane_tests::heap::Counting;
use wane_tests::runtimes::Kind;

#[global_allocator]
static HEAP: Counting = Counting::new();

/// Sockets of a kind that are open at once.
const SOCKETS: usize = 150;

/// Rounds after the first, which fills the caches.
const ROUNDS: usize = 4;

/// Futures that wait at one socket.
const WAITERS: usize = 1000;

/// Room for seats that the runtime's table keeps.
const KEPT_BYTES: isize = 64 * 32;

#[test]
fn closed_sockets_and_dropped_waits_keep_nothing() {
    let runtime = Kind::CurrentThread.build();
    runtime.block_on(async {
        // Never empty, as a server's table is not.
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        open_and_close("TCP", || tcp(&listener)).await;
        open_and_close("UDP", udp).await;
        open_and_close("Unix streams", async || UnixStream::pair()).await;
        open_and_close("halves", halves).await;
        open_and_close("Unix datagrams", async || UnixDatagram::pair()).await;
        open_and_close("pipes", async || pipe::pipe()).await;
        open_and_close("descriptors", descriptor).await;
        wait_and_drop().await;
    });
    peak_is_given_back(&runtime);
}

async fn tcp(listener: &TcpListener) -> io::Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?).await?;
    Ok((client, listener.accept().await?.0))
}

async fn udp() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.send_to(b"x", socket.local_addr()?).await?;
    socket.recv(&mut [0; 8]).await?;
    Ok(socket)
}

async fn halves() -> io::Result<impl Sized> {
    let (one, other) = UnixStream::pair()?;
    Ok((one.into_split(), other.into_split()))
}

async fn descriptor() -> io::Result<AsyncFd<std::os::unix::net::UnixStream>> {
    let (one, _) = std::os::unix::net::UnixStream::pair()?;
    let fd = AsyncFd::new(one)?;
    fd.readable().await?.retain_ready();
    Ok(fd)
}

/// Opens many, closes them, and again: each round leaves what the first has left.
async fn open_and_close<T>(what: &str, open: impl AsyncFn() -> io::Result<T>) {
    let mut after_first = 0;
    for round in 0..=ROUNDS {
        let mut sockets = Vec::with_capacity(SOCKETS);
        for _ in 0..SOCKETS {
            sockets.push(open().await.expect("the system gives descriptors"));
        }
        drop(sockets);
        match round {
            0 => after_first = HEAP.live(),
            _ => assert_eq!(HEAP.live() - after_first, 0, "{what}, round {round}"),
        }
    }
}

/// Many wait at one socket at once, and are dropped.
async fn wait_and_drop() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let mut after_first = 0;
    for round in 0..=ROUNDS {
        let mut waits: Vec<_> = (0..WAITERS).map(|_| Box::pin(socket.readable())).collect();
        let mut ctx = Context::from_waker(Waker::noop());
        for wait in &mut waits {
            assert!(Pin::new(wait).poll(&mut ctx).is_pending());
        }
        drop(waits);
        match round {
            0 => after_first = HEAP.live(),
            _ => assert_eq!(HEAP.live() - after_first, 0, "round {round}"),
        }
    }
}

/// A crowd leaves with the runtime's table as it was before, though one socket stays.
fn peak_is_given_back(runtime: &Runtime) {
    runtime.block_on(async {
        let stays = UnixDatagram::unbound().expect("a socket");
        let before = HEAP.live();
        let crowd: Vec<_> = (0..SOCKETS * 2)
            .map(|_| UnixDatagram::unbound().expect("a socket"))
            .collect();
        assert!(HEAP.live() - before > KEPT_BYTES, "the crowd takes room");
        drop(crowd);
        let kept = HEAP.live() - before;
        assert!(kept <= KEPT_BYTES, "{kept} bytes are kept");
        drop(stays);
    });
}
