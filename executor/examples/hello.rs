//! Hello: one task is spawned, awaited, and gone by the time its greeting is printed.

// One line to delete once the runtime is linked: everything below already says `wane`.
extern crate tokio as wane;

#[wane::main]
async fn main() {
    let greeting = wane::spawn(async { "hello from a task that is already gone" });
    println!("{}", greeting.await.expect("the task does not panic"));
}
