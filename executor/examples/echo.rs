//! A TCP echo server that stops gracefully.
//!
//! `cargo run --example echo -- 127.0.0.1:7000`, then `nc 127.0.0.1 7000`. Ctrl-C closes the
//! listener and each connection at its next pause; what was received is echoed first. Connections
//! that are still busy after [`GRACE`] are cut off.

use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use wane::io::{AsyncReadExt, AsyncWriteExt};
use wane::net::{TcpListener, TcpStream};
use wane::select;
use wane::sync::{mpsc, watch};
use wane::time::{sleep, timeout};

const ADDRESS: &str = "127.0.0.1:7000";
const GRACE: Duration = Duration::from_secs(5);
/// The rest after a failed `accept`: the usual reason, too many open files, takes a while to pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Turns true when the server is to stop.
type Stopping = watch::Receiver<bool>;

#[wane::main]
async fn main() -> ExitCode {
    let address = env::args().nth(1).unwrap_or(ADDRESS.to_owned());
    match serve(&address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot serve {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Echoes until Ctrl-C, then sees the open connections out.
async fn serve(address: &str) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    ctrlc::set_handler(move || _ = stop.send_replace(true)).map_err(io::Error::other)?;
    let listener = TcpListener::bind(address).await?;
    println!("echoing on {}; Ctrl-C stops", listener.local_addr()?);

    // Every connection holds a sender and sends nothing: the receiver hears when all are gone.
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    select! {
        () = accept_all(&listener, &stopping, &open) => {}
        () = stopped(stopping.clone()) => {}
    }
    drop((listener, open));
    match timeout(GRACE, all_closed.recv()).await {
        Ok(_) => println!("stopped"),
        Err(_) => println!("stopped; connections that were busy for {GRACE:?} are cut off"),
    }
    Ok(())
}

async fn accept_all(listener: &TcpListener, stopping: &Stopping, open: &mpsc::Sender<()>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let (stopping, open) = (stopping.clone(), open.clone());
                wane::spawn(async move {
                    if let Err(error) = echo(stream, stopping).await {
                        eprintln!("{peer}: {error}");
                    }
                    drop(open);
                });
            }
            Err(error) => {
                eprintln!("cannot accept: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Sends back what comes in, until the peer has sent all or the server is to stop.
async fn echo(mut stream: TcpStream, stopping: Stopping) -> io::Result<()> {
    let mut buffer = [0; 8 * 1024];
    loop {
        // Only the read is given up for a stop: what was read is always written.
        let read = select! {
            biased;
            read = stream.read(&mut buffer) => read?,
            () = stopped(stopping.clone()) => 0,
        };
        match read {
            0 => return stream.shutdown().await,
            _ => stream.write_all(&buffer[..read]).await?,
        }
    }
}

async fn stopped(mut stopping: Stopping) {
    // The sender lives in the signal handler, for as long as the program.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
