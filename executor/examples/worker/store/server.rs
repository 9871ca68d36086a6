//! The store's HTTP side: `PUT` and `GET` of `/objects/NUMBER`, over HTTP/1.1 with keep-alive.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use wane::net::{TcpListener, TcpStream};
use wane::task::spawn_blocking;

use crate::store::Store;
use crate::store::faults::{Fate, Faults};

/// The header in which a client says how often it has asked for this before.
pub(crate) const ATTEMPT: &str = "x-attempt";

/// Larger objects are refused with status 413.
const OBJECT_BYTES_MAX: usize = 1024 * 1024;

/// The rest after a failed `accept`: the usual reason, too many open files, takes a while to pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) store: Arc<Store>,
    pub(crate) faults: Faults,
}

/// Makes hyper close the connection instead of answering.
#[derive(Debug)]
struct HangUp;

impl Server {
    /// Accepts connections until it is aborted; each is served by a task of its own.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(wane::spawn(self.clone().serve_connection(stream))),
                Err(_) => wane::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    async fn serve_connection(self: Arc<Self>, stream: TcpStream) {
        // An answer is written in one go, so there is nothing to gain from waiting for more.
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| self.answer(request));
        // An error is the end of this connection, injected or not; the client sees it and retries.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn answer(
        self: &Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, HangUp> {
        let Some(object) = object_of(request.uri().path()) else {
            return Ok(text(
                StatusCode::NOT_FOUND,
                "objects are at /objects/NUMBER",
            ));
        };
        let attempt = attempt_of(&request);
        let method = request.method().clone();
        // The body is read whatever comes: an unread one would cost the connection.
        let body = match Limited::new(request.into_body(), OBJECT_BYTES_MAX)
            .collect()
            .await
        {
            Ok(body) => body.to_bytes(),
            Err(error) => return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, error)),
        };
        match self
            .faults
            .decide(object, attempt, u64::from(method == Method::GET))
        {
            Fate::Served => Ok(self.serve_object(method, object, body).await),
            Fate::Refused => Ok(text(StatusCode::INTERNAL_SERVER_ERROR, "injected failure")),
            Fate::HungUp => {
                self.serve_object(method, object, body).await;
                Err(HangUp)
            }
        }
    }
}

impl Server {
    async fn serve_object(
        self: &Arc<Self>,
        method: Method,
        object: u64,
        body: Bytes,
    ) -> Response<Full<Bytes>> {
        let server = self.clone();
        let done = match method {
            Method::PUT => spawn_blocking(move || server.put(object, &body)).await,
            Method::GET => spawn_blocking(move || server.get(object)).await,
            _ => return text(StatusCode::METHOD_NOT_ALLOWED, "objects know PUT and GET"),
        };
        match done {
            Ok(Ok(answer)) => answer,
            // Not 500: that would tell the client to try again, and a full disk stays full.
            Ok(Err(error)) => text(StatusCode::INSUFFICIENT_STORAGE, error),
            Err(error) => text(StatusCode::INSUFFICIENT_STORAGE, error),
        }
    }

    fn put(&self, object: u64, body: &[u8]) -> io::Result<Response<Full<Bytes>>> {
        self.store.write(object, body)?;
        Ok(text(StatusCode::CREATED, ""))
    }

    fn get(&self, object: u64) -> io::Result<Response<Full<Bytes>>> {
        Ok(match self.store.read(object)? {
            Some(bytes) => Response::new(Full::from(bytes)),
            None => text(StatusCode::NOT_FOUND, "no such object"),
        })
    }
}

/// The number in `/objects/NUMBER`. Nothing else names an object, so no path leaves the store.
fn object_of(path: &str) -> Option<u64> {
    path.strip_prefix("/objects/")?.parse().ok()
}

fn attempt_of(request: &Request<Incoming>) -> u64 {
    let header = request.headers().get(ATTEMPT);
    header
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

fn text(status: StatusCode, message: impl fmt::Display) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(message.to_string()));
    *response.status_mut() = status;
    response
}

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("injected: connection closed without an answer")
    }
}

impl std::error::Error for HangUp {}
