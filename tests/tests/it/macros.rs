//! `#[wane::main]`, `#[wane::test]`, and the macros that wait for several futures.

use std::future::pending;

use wane::runtime::{Handle, RuntimeFlavor};

#[wane::test]
async fn a_test_runs_on_the_current_thread() {
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::CurrentThread
    );
    assert_eq!(wane::spawn(async { 1 }).await.expect("no panic"), 1);
}

#[wane::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_test_has_the_workers_it_asks_for() {
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::MultiThread
    );
    assert_eq!(Handle::current().metrics().num_workers(), 3);
}

#[wane::test]
async fn a_test_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    let number: u8 = "7".parse()?;
    assert_eq!(number, 7);
    Ok(())
}

#[wane::test]
#[should_panic(expected = "as planned")]
async fn a_test_may_be_expected_to_panic() {
    panic!("as planned");
}

#[wane::main]
async fn on_workers(number: u8) -> Result<u8, String> {
    if Handle::current().runtime_flavor() != RuntimeFlavor::MultiThread {
        return Err("the wrong flavor".to_owned());
    }
    Ok(wane::spawn(async move { number + 1 })
        .await
        .expect("no panic"))
}

#[wane::main(flavor = "current_thread")]
async fn on_this_thread() -> std::thread::ThreadId {
    let task = wane::spawn(async { std::thread::current().id() });
    task.await.expect("no panic")
}

#[test]
fn an_entry_function_returns_what_its_body_does() {
    assert_eq!(on_workers(4), Ok(5));
    assert_eq!(on_this_thread(), std::thread::current().id());
}

#[wane::test]
async fn select_takes_the_first_and_drops_the_others() {
    let ledger = wane_tests::drops::Ledger::new();
    let token = ledger.token();
    let loser = async move {
        let _token = token;
        pending::<()>().await;
    };
    let won = wane::select! {
        () = loser => "the loser",
        () = wane::task::yield_now() => "the winner",
    };
    assert_eq!(won, "the winner");
    assert!(ledger.is_settled());
}

#[wane::test]
async fn join_waits_for_all_and_try_join_for_the_first_error() {
    let task = wane::spawn(async { 2 });
    let (one, two) = wane::join!(async { 1 }, task);
    assert_eq!((one, two.expect("no panic")), (1, 2));
    let failed: Result<((), ()), &str> =
        wane::try_join!(async { Err("first") }, pending::<Result<(), &str>>());
    assert_eq!(failed, Err("first"));
    wane::pin! {
        let pinned = async { 3 };
    }
    assert_eq!(pinned.await, 3);
}
