//! The books: what became of each message.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What became of one message.
#[derive(Debug, Default)]
struct Account {
    made: AtomicBool,
    accepted: AtomicBool,
    received: AtomicBool,
    drops: AtomicU32,
}

/// An account for each message of a round.
pub(crate) struct Accounts(Vec<Account>);

impl Accounts {
    pub(crate) fn new(messages: usize) -> Arc<Self> {
        Arc::new(Self((0..messages).map(|_| Account::default()).collect()))
    }

    pub(crate) fn parcel(self: &Arc<Self>, number: usize) -> Parcel {
        let made_before = self.0[number].made.swap(true, Ordering::Relaxed);
        assert!(!made_before, "{number} is made twice by the test itself");
        Parcel {
            number,
            accounts: Arc::clone(self),
        }
    }

    /// A sender was told that its message was sent.
    pub(crate) fn accept(&self, number: usize) {
        self.0[number].accepted.store(true, Ordering::Relaxed);
    }

    /// When everybody is gone and all receivers stayed to the end: what was accepted was received, and
    /// what was cancelled or given back was not.
    pub(crate) fn assert_settled(&self, scene: &dyn fmt::Display) {
        for (number, account) in self.0.iter().enumerate() {
            account.assert_dropped(number, scene);
            let accepted = account.accepted.load(Ordering::Relaxed);
            let received = account.received.load(Ordering::Relaxed);
            assert_eq!(accepted, received, "{number}: {account:?}, {scene}");
        }
    }

    /// When everybody is gone, receivers before senders: what was accepted was received or dropped by
    /// the channel.
    pub(crate) fn assert_dropped(&self, scene: &dyn fmt::Display) {
        for (number, account) in self.0.iter().enumerate() {
            account.assert_dropped(number, scene);
            let accepted = account.accepted.load(Ordering::Relaxed);
            let received = account.received.load(Ordering::Relaxed);
            assert!(accepted || !received, "{number}: {account:?}, {scene}");
        }
    }

    pub(crate) fn accepted(&self) -> usize {
        let accepted = |account: &&Account| account.accepted.load(Ordering::Relaxed);
        self.0.iter().filter(accepted).count()
    }
}

impl Account {
    fn assert_dropped(&self, number: usize, scene: &dyn fmt::Display) {
        let made = u32::from(self.made.load(Ordering::Relaxed));
        let drops = self.drops.load(Ordering::Relaxed);
        assert_eq!(drops, made, "{number}: {self:?}, {scene}");
    }
}

/// For a scene that hangs.
impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |is: fn(&Account) -> bool| self.0.iter().filter(|account| is(account)).count();
        f.debug_struct("Accounts")
            .field("made", &count(|it| it.made.load(Ordering::Relaxed)))
            .field("accepted", &self.accepted())
            .field("received", &count(|it| it.received.load(Ordering::Relaxed)))
            .field("dropped", &count(|it| it.drops.load(Ordering::Relaxed) > 0))
            .finish()
    }
}

/// A message. It owns memory, so that a second drop or none is seen by more than the books.
#[derive(Debug)]
pub(crate) struct Parcel {
    number: usize,
    accounts: Arc<Accounts>,
}

impl Parcel {
    /// Whoever has received it says so.
    pub(crate) fn receive(self) -> usize {
        let account = &self.accounts.0[self.number];
        let before = account.received.swap(true, Ordering::Relaxed);
        assert!(!before, "{} is received twice", self.number);
        self.number
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let account = &self.accounts.0[self.number];
        account.drops.fetch_add(1, Ordering::Relaxed);
    }
}
