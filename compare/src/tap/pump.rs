//! Passes on what comes in one direction of a connection.

use std::{future::pending, io, net::Shutdown, sync::Mutex};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt as _, Interest},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::Barrier,
    time::{Instant, sleep_until, timeout_at},
};

use super::{answers::Answers, connection::Record, context::Context, fault::HOLD_BYTES};
use crate::{direction::Direction, lock::lock};

/// A direction holds so many bytes at most.
pub const PIECE: usize = 16 * 1_024;

/// One direction of a connection. What fails, fails with the direction in which the reset is to be passed on.
pub(super) struct Pump<'a> {
    pub(super) context: &'a Context,
    /// Of both directions.
    pub(super) answers: &'a Mutex<Answers>,
    pub(super) direction: Direction,
    pub(super) from: ReadHalf<'a>,
    pub(super) to: WriteHalf<'a>,
}

impl Pump<'_> {
    /// Passes on all that comes and its end, and waits for the end of the other direction.
    pub(super) async fn pass(mut self, both: &Barrier) -> Result<(), Direction> {
        let mut bytes = vec![0; PIECE];
        let mut held = 0;
        loop {
            match self.gather(&mut bytes, held).await {
                Ok((0, _)) => break,
                Ok((due, count)) => {
                    self.pass_on(&bytes[..due]).await?;
                    bytes.copy_within(due..count, 0);
                    held = count - due;
                }
                Err(_) => return Err(self.direction),
            }
        }
        self.finish().await?;

        tokio::select! {
            _ = both.wait() => Ok(()),
            () = was_reset(self.from.as_ref()) => Err(self.direction),
        }
    }

    /// Reads what comes behind what is held, until some of it is due; gives how much is, and how much there is.
    async fn gather(&mut self, bytes: &mut [u8], held: usize) -> io::Result<(usize, usize)> {
        let mut count = held;
        loop {
            let more = match self.holds() {
                _ if count == 0 => self.from.read(bytes).await?,
                None => return Ok((count, count)), // it is over
                Some(end) => match timeout_at(end, self.from.read(&mut bytes[count..])).await {
                    Ok(more) => more?,
                    Err(_) => continue, // unless the fault began again, it is time
                },
            };
            if more == 0 {
                return Ok((count, count)); // the end comes again at the next read
            }
            let ended = match lock(self.answers).pass(self.direction, &bytes[count..count + more]) {
                0 => 0,
                ended => count + ended,
            };
            count += more;
            let due = if self.holds().is_none() || count - ended >= HOLD_BYTES { count } else { ended };
            if due > 0 {
                return Ok((due, count));
            }
        }
    }

    fn holds(&self) -> Option<Instant> {
        match self.direction {
            Direction::Up => None,
            Direction::Down => self.context.condition.borrow().holds(),
        }
    }

    async fn pass_on(&self, mut bytes: &[u8]) -> Result<(), Direction> {
        while !bytes.is_empty() {
            let (mut piece, rest) = bytes.split_at(self.turn(bytes.len()).await);
            while !piece.is_empty() {
                piece = &piece[self.write(piece).await?..];
            }
            bytes = rest;
        }

        Ok(())
    }

    /// Waits until it is the turn of the next of these bytes; gives how many may pass.
    async fn turn(&self, bytes: usize) -> usize {
        let slow = match self.direction {
            Direction::Up => None,
            Direction::Down => self.context.condition.borrow().slow(),
        };
        let Some((pace, end)) = slow else { return bytes };
        let piece = pace.piece(bytes);
        sleep_until(pace.turn(piece).min(end)).await;

        piece
    }

    async fn write(&self, bytes: &[u8]) -> Result<usize, Direction> {
        loop {
            let written = self.unless_struck(|record| {
                let count = self.to.try_write(bytes)?;
                record.add(self.direction, &bytes[..count]);
                io::Result::Ok(count)
            });
            match written.await {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable().await?,
                Err(_) => return Err(self.direction.back()),
                Ok(count) => {
                    self.context.registry.changed();
                    return Ok(count);
                }
            }
        }
    }

    /// Waits until the socket takes more. Nobody reads meanwhile, so a reset of the sender must be looked for.
    async fn writable(&self) -> Result<(), Direction> {
        tokio::select! {
            biased;
            writable = self.to.writable() => writable.map_err(|_| self.direction.back()),
            () = was_reset(self.from.as_ref()) => Err(self.direction),
        }
    }

    async fn finish(&self) -> Result<(), Direction> {
        let finished = self.unless_struck(|record| {
            SockRef::from(self.to.as_ref()).shutdown(Shutdown::Write)?;
            record.finish(self.direction);
            io::Result::Ok(())
        });
        finished.await.map_err(|_| self.direction.back())?;
        self.context.registry.changed();

        Ok(())
    }

    /// Does what belongs with the record. Where a fault has struck the connection, it is not done, nor ever ends: who
    /// waits for it is about to be dropped.
    async fn unless_struck<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        let Context { connection, condition, .. } = self.context;
        let done = connection.with_record(|record| (!condition.borrow().strikes(connection.id())).then(|| act(record)));

        match done {
            Some(done) => done,
            None => pending().await,
        }
    }
}

/// Waits for a reset, also where nothing is read. Not on Windows: there it shows at the next read or write.
async fn was_reset(stream: &TcpStream) {
    if stream.ready(Interest::ERROR).await.is_err() {
        pending::<()>().await; // the runtime ends
    }
}
