//! What else a runtime does while crowds of blocking jobs are stuck in its pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use wane::net::{TcpListener, TcpStream, lookup_host};
use wane::runtime::Builder;
use wane_tests::hang::{Deadline, PATIENCE};

use crate::exchange::{Load, Order};
use crate::narrow::Ends;
use crate::{alone, sized};

/// The slowest answer of each kind.
#[derive(Debug, Default)]
struct Slowest {
    tick: Duration,
    echo: Duration,
    look_up: Duration,
    metadata: Duration,
}

/// What an async task can ask of the runtime, again and again until told otherwise.
async fn ask(is_over: Arc<AtomicBool>) -> Slowest {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let echo = wane::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("the test connects");
        let (mut read, mut write) = stream.split();
        wane::io::copy(&mut read, &mut write).await
    });
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let mut slowest = Slowest::default();
    while !is_over.load(Ordering::Relaxed) {
        let since = Instant::now();
        wane::time::sleep(Duration::from_millis(10)).await;
        let late = since.elapsed().saturating_sub(Duration::from_millis(10));
        slowest.tick = slowest.tick.max(late);
        let echoed = time_of(send_and_receive(&mut stream)).await;
        slowest.echo = slowest.echo.max(echoed);
        let looked_up = time_of(async {
            let found = lookup_host(("localhost", 80)).await.expect("found");
            assert!(found.count() > 0);
        });
        slowest.look_up = slowest.look_up.max(looked_up.await);
        let metadata = time_of(async {
            let metadata = wane::fs::metadata("/").await;
            assert!(metadata.expect("it is there").is_dir());
        });
        slowest.metadata = slowest.metadata.max(metadata.await);
    }
    drop(stream);
    echo.await.expect("no panic").expect("the end");
    slowest
}

async fn time_of(question: impl Future<Output = ()>) -> Duration {
    let since = Instant::now();
    question.await;
    since.elapsed()
}

async fn send_and_receive(stream: &mut TcpStream) {
    use wane::io::{AsyncReadExt as _, AsyncWriteExt as _};
    stream.write_all(b"ping").await.expect("it is read");
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.expect("it is echoed");
    assert_eq!(&answer, b"ping");
}

/// Far more than anything of this takes, and less than what waits for a crowd that is stuck.
const SOON: Duration = PATIENCE;

#[test]
fn timers_sockets_names_and_files_are_served_beside_crowds() {
    let _alone = alone();
    for order in [Order::ProducersFirst, Order::Sandwich, Order::Random] {
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let _deadline = Deadline::start("what is beside a crowd", runtime.metrics());
        let is_over = Arc::new(AtomicBool::new(false));
        let asked = runtime.spawn(ask(is_over.clone()));
        for seed in 0..sized(3, 30) as u64 {
            let load = Load {
                order,
                ends: Ends::Locked,
                places: 5,
                crowd: 1_000,
                delay: Duration::ZERO,
            };
            load.exchange(&runtime, seed);
        }
        is_over.store(true, Ordering::Relaxed);
        let slowest = runtime.block_on(asked).expect("no panic");
        println!("beside {order:?}: {slowest:?}");
        assert!(slowest.look_up.max(slowest.metadata) < SOON);
    }
}
