//! The highest rate that is held: doubled or halved until one is held and twice as much is not, then bisected.

/// Where it begins.
const FIRST: u32 = 100;
/// More is not tried.
const MOST: u32 = 100_000;

/// What is known of the rates.
#[derive(Debug, Default)]
pub(crate) struct Search {
    held: Option<u32>,
    missed: Option<u32>,
}

impl Search {
    /// What to try next; `None` where more would say no more.
    pub(crate) fn next(&self) -> Option<u32> {
        let next = match (self.held, self.missed) {
            (None, None) => FIRST,
            (Some(held), None) => held.saturating_mul(2).min(MOST),
            (None, Some(missed)) => missed / 2,
            (Some(held), Some(missed)) => f64::from(held).midpoint(f64::from(missed)) as u32,
        };
        let is_new = next > 0 && Some(next) != self.held && Some(next) != self.missed;
        let is_near = self.held.zip(self.missed).is_some_and(|(held, missed)| missed - held <= held / 10);

        (is_new && !is_near).then_some(next)
    }

    /// Notes what came of a rate.
    pub(crate) fn note(&mut self, rate: u32, held: bool) {
        let known = if held { &mut self.held } else { &mut self.missed };
        *known = Some(rate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is tried where this is the highest.
    fn tried(highest: u32) -> Vec<u32> {
        let mut search = Search::default();
        let mut tried = Vec::new();
        while let Some(rate) = search.next() {
            tried.push(rate);
            search.note(rate, rate <= highest);
        }

        tried
    }

    #[test]
    fn it_doubles_then_halves_the_distance() {
        assert_eq!(tried(1_100), [100, 200, 400, 800, 1_600, 1_200, 1_000, 1_100]);
    }

    #[test]
    fn it_goes_down_where_the_first_is_too_much() {
        assert_eq!(tried(30), [100, 50, 25, 37, 31, 28, 29, 30]);
        assert_eq!(tried(0), [100, 50, 25, 12, 6, 3, 1]);
    }

    #[test]
    fn it_ends_at_the_most() {
        assert_eq!(tried(u32::MAX).last(), Some(&MOST));
    }
}
