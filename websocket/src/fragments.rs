//! How many fragments a message has.

/// A message may have a fragment for so many bytes of its longest form: each is held by some 100 bytes more until the last has come.
const BYTES_A_FRAGMENT: usize = 64;

/// Counts the fragments of one message after the other.
pub(crate) struct Fragments {
    count: usize,
    most: usize,
}

impl Fragments {
    /// Of messages that may have `longest` bytes.
    pub(crate) fn of(longest: usize) -> Self {
        Self { count: 0, most: (longest / BYTES_A_FRAGMENT).max(1) }
    }

    /// Whether the frame that begins with this byte is one more than its message may have.
    pub(crate) fn is_one_too_many(&mut self, first: u8) -> bool {
        const LAST: u8 = 0b1000_0000;
        match first & 0x0f {
            0 => self.count += 1,
            1 | 2 => self.count = 1,
            _ => return false, // a control frame may stand between them
        }
        let too_many = self.count > self.most;
        if first & LAST != 0 {
            self.count = 0;
        }

        too_many
    }
}
