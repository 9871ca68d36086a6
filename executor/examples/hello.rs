//! Hello: one task is spawned, awaited, and gone by the time its greeting is printed.

#[wane::main]
async fn main() {
    let greeting = wane::spawn(async { "hello from a task that is already gone" });
    println!("{}", greeting.await.expect("the task does not panic"));
}
