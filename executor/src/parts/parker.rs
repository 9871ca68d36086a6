//! stub
use std::sync::{Arc, Condvar, Mutex};
#[derive(Debug)]
pub(crate) struct Parker(Arc<(Mutex<bool>, Condvar)>);
#[derive(Debug, Clone)]
pub(crate) struct Unparker(Arc<(Mutex<bool>, Condvar)>);
impl Parker {
    pub(crate) fn new() -> Self {
        Self(Arc::new((Mutex::new(false), Condvar::new())))
    }
    pub(crate) fn park(&self) {
        let mut g = self.0.0.lock().unwrap();
        while !*g {
            g = self.0.1.wait(g).unwrap();
        }
        *g = false;
    }
    pub(crate) fn unparker(&self) -> Unparker {
        Unparker(self.0.clone())
    }
}
impl Unparker {
    pub(crate) fn unpark(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_one();
    }
}
impl std::task::Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.unpark()
    }
}
