//! Descriptors that none of the sockets stands for.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use wane::io::unix::AsyncFd;
use wane::io::{Interest, Ready};
use wane_tests::gate::Gate;
use wane_tests::runtimes::in_each;

fn pair() -> (AsyncFd<UnixStream>, UnixStream) {
    let (one, other) = UnixStream::pair().expect("a pair");
    one.set_nonblocking(true).expect("it is permitted");
    other.set_nonblocking(true).expect("it is permitted");
    (AsyncFd::new(one).expect("a socket can be watched"), other)
}

#[test]
fn readiness_stays_until_it_is_cleared() {
    in_each(|| async {
        let (mut fd, mut other) = pair();
        other.write_all(b"x").expect("there is room");
        fd.readable().await.expect("it is ready").retain_ready();
        drop(fd.readable().await.expect("it is ready"));
        let mut guard = fd.readable_mut().await.expect("it is ready");
        let read = guard.try_io(|fd| fd.get_mut().read(&mut [0; 8]));
        assert_eq!(read.expect("it is there").expect("it can be read"), 1);
        assert_eq!(guard.ready(), Ready::READABLE);
        let read = guard.try_io(|fd| fd.get_mut().read(&mut [0; 8]));
        assert!(read.is_err(), "there is no more");
        assert_eq!(guard.ready(), Ready::EMPTY);
        let error = fd
            .try_io(Interest::READABLE, |_| Ok(()))
            .expect_err("the readiness was cleared");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        other.write_all(b"y").expect("there is room");
        let read = fd.async_io_mut(Interest::READABLE, |fd| fd.read(&mut [0; 8]));
        assert_eq!(read.await.expect("it is read"), 1);
    });
}

#[test]
fn a_report_that_comes_after_the_look_survives_the_clearing() {
    in_each(|| async {
        let (fd, mut other) = pair();
        other.write_all(b"x").expect("there is room");
        let mut stale = fd.readable().await.expect("it is ready");
        fd.get_ref().read_exact(&mut [0]).expect("it is there");
        other.write_all(b"y").expect("there is room");
        // Until the driver has brought the second report: a later guard than `stale` clears for real.
        let read = async {
            loop {
                stale.clear_ready();
                let mut guard = fd.readable().await.expect("it is ready");
                match guard.try_io(|fd| fd.get_ref().read(&mut [0; 8])) {
                    Ok(read) => break read,
                    Err(_would_block) => {}
                }
            }
        };
        assert_eq!(read.await.expect("it can be read"), 1);
    });
}

/// `Read` for a shared stream.
trait ReadShared {
    fn read_exact(&self, buf: &mut [u8]) -> io::Result<()>;
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;
}

impl ReadShared for UnixStream {
    fn read_exact(&self, buf: &mut [u8]) -> io::Result<()> {
        let mut stream = self;
        Read::read_exact(&mut stream, buf)
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let mut stream = self;
        Read::read(&mut stream, buf)
    }
}

#[test]
fn everybody_who_waits_is_woken() {
    in_each(|| async {
        let (fd, mut other) = pair();
        let fd = Arc::new(fd);
        let mut waiters = Vec::new();
        for _ in 0..50 {
            let (fd, waits) = (fd.clone(), Gate::new());
            let is_there = waits.clone();
            waiters.push(wane::spawn(async move {
                is_there.open();
                fd.readable().await.expect("it is ready").retain_ready();
            }));
            waits.pass().await;
        }
        other.write_all(b"x").expect("there is room");
        for waiter in waiters {
            waiter.await.expect("no panic");
        }
    });
}

#[test]
fn the_owner_comes_back_from_a_failed_registration_and_from_a_good_one() {
    in_each(|| async {
        let file = std::fs::File::open("/proc/self/exe")
            .or_else(|_| std::fs::File::open("/bin/sh"))
            .expect("a file");
        let owner = Arc::new(file);
        // The system has nothing to report about an ordinary file.
        match AsyncFd::try_new(owner.clone()) {
            Err(error) => {
                let (returned, _cause) = error.into_parts();
                assert!(Arc::ptr_eq(&returned, &owner));
            }
            // kqueue watches files as well.
            Ok(fd) => assert!(Arc::ptr_eq(&fd.into_inner(), &owner)),
        }
        let (fd, other) = pair();
        let one = fd.into_inner();
        let fd = AsyncFd::with_interest(one, Interest::READABLE).expect("it is free again");
        drop(fd);
        assert_eq!(other.read(&mut [0]).expect("the end"), 0);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn urgent_data_are_told_from_others() {
    in_each(|| async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let stream = std::net::TcpStream::connect(address).expect("it connects");
        let (mut peer, _) = listener.accept().expect("it is accepted");
        let fd = AsyncFd::with_interest(stream, Interest::PRIORITY).expect("it can be watched");
        peer.write_all(b"ordinary").expect("there is room");
        let error = fd
            .try_io(Interest::PRIORITY, |_| Ok(()))
            .expect_err("nothing is urgent");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let sent = socket2::SockRef::from(&peer).send_out_of_band(b"!");
        assert_eq!(sent.expect("it is sent"), 1);
        let guard = fd.ready(Interest::PRIORITY).await.expect("it is urgent");
        assert!(guard.ready().is_priority());
    });
}
