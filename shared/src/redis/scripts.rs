//! What is done in Redis in one piece: to look, to publish, and to begin an epoch.
//!
//! The scripts have no `#!` line: with one, a Redis that is full would refuse also those that only read.

use std::{collections::HashMap, sync::LazyLock};

use redis::{RedisResult, Script, aio::MultiplexedConnection, cmd};

use super::names::Names;
use crate::cursor::Cursor;

/// An id has fewer digits, or is not ours: Lua's numbers are exact up to 2^53.
const DIGITS: usize = 16;

/// What each script needs to know: which Redis this is. It is another after a restart (`run_id`), and after it was a replica and
/// is none any more (`master_replid2`). `master_replid` would not do: it changes where a replica comes or goes, too.
const IDENTITY: &str = "
    local info = redis.call('INFO', 'server', 'replication')
    local run, former = string.match(info, 'run_id:(%x+)'), string.match(info, 'master_replid2:(%x+)')
    local function last_of(stream)
        local info = redis.call('XINFO', 'STREAM', stream)
        for at = 1, #info, 2 do
            if info[at] == 'last-generated-id' then return info[at + 1] end
        end
    end
";

/// KEYS: pointer, stream. ARGV: the epoch of the stream, the id of an entry to show.
static LOOK: LazyLock<String> = LazyLock::new(|| {
    whole(
        "
    local said = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'former', 'newest')
    local is_same = said[2] == run and said[3] == former
    local answer = {said[1] or '', is_same and 'same' or '', said[4] or '', ''}
    if said[1] == ARGV[1] and redis.call('TYPE', KEYS[2]).ok == 'stream' then
        answer[4] = last_of(KEYS[2])
        local entry = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
        for _, field in ipairs(entry and entry[2] or {}) do table.insert(answer, field) end
    end
    return answer
",
    )
});

/// KEYS: pointer, stream, keys, ages. ARGV: the epoch, a key, a tick in ms or 0, a digest, JSON, an event's name or nothing, how many
/// messages are kept, for how many ms a key is known, and how many keys.
static PUBLISH: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
    local said = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'former', 'newest')
    if said[1] ~= ARGV[1] or said[2] ~= run or said[3] ~= former then return {'moved', '0', '0'} end
    for at, kind in pairs({[3] = 'hash', [4] = 'list'}) do
        local is = redis.call('TYPE', KEYS[at]).ok
        if is ~= 'none' and is ~= kind then redis.call('DEL', KEYS[at]) end
    end
    local time = redis.call('TIME')
    local at = time[1] * 1000 + math.floor(time[2] / 1000)
    local key = ARGV[2]
    local tick = tonumber(ARGV[3])
    if tick > 0 then
        key = 'tick ' .. string.format('%.0f', math.floor(at / tick))
        local last = redis.call('HGET', KEYS[1], 'tick ' .. ARGV[3]) or ''
        local same, seq, since = string.match(last, '^(tick %d+) (%d+) (%d+)$')
        if same == key then return {'known', seq, since} end
    end

    local known = tick == 0 and redis.call('HGET', KEYS[3], key) or ''
    local seq, since, digest = string.match(known, '^(%d+) (%d+) (%x*)$')
    if seq and since + ARGV[8] >= at then return {digest == ARGV[4] and 'known' or 'reused', seq, since} end

    local newest = tonumber(said[4] or '')
    if not newest then return {'moved', '0', '0'} end
    local entry = {'at', string.format('%.0f', at), 'json', ARGV[5]}
    if ARGV[6] ~= '' then table.insert(entry, 'event') table.insert(entry, ARGV[6]) end
    local added = redis.pcall('XADD', KEYS[2], 'NOMKSTREAM', 'MAXLEN', '=', ARGV[7], '0-*', unpack(entry))
    if not added then return {'moved', '0', '0'} end
    if added.err then
        for _, strange in ipairs({'WRONGTYPE', 'smaller than', 'too large'}) do
            if string.match(added.err, strange) then return {'moved', '0', '0'} end
        end
        return added
    end
    seq = string.match(added, '^0%-(%d+)$')
    if tonumber(seq) ~= newest + 1 then
        redis.call('XDEL', KEYS[2], added)
        return {'moved', '0', '0'}
    end
    local stamp = string.format('%.0f', at)
    redis.call('HSET', KEYS[1], 'newest', seq)
    if tick > 0 then
        redis.call('HSET', KEYS[1], 'tick ' .. ARGV[3], key .. ' ' .. seq .. ' ' .. stamp)
        return {'new', seq, stamp}
    end

    redis.call('HSET', KEYS[3], key, seq .. ' ' .. stamp .. ' ' .. ARGV[4])
    redis.call('RPUSH', KEYS[4], stamp .. ' ' .. key)
    for _ = 1, 8 do
        local oldest = redis.call('LINDEX', KEYS[4], 0)
        local since, old = string.match(oldest, '^(%d+) (.*)$')
        if since and since + ARGV[8] >= at and redis.call('LLEN', KEYS[4]) <= tonumber(ARGV[9]) then break end
        redis.call('LPOP', KEYS[4])
        local last = since and redis.call('HGET', KEYS[3], old)
        if last and string.match(last, '^%d+ (%d+)') == since then redis.call('HDEL', KEYS[3], old) end
    end
    return {'new', seq, stamp}
",
    )
});

/// KEYS: pointer, the stream of the epoch that was, that of the new one, keys, ages. ARGV: the epoch that was, the new one, the newest id
/// that is known, how many digits are too many, and whether what was there is good. Whoever comes first begins it; the others get what
/// that one began.
static BEGIN: LazyLock<Script> = LazyLock::new(|| {
    script(
        "
    local said = redis.call('HMGET', KEYS[1], 'epoch', 'newest')
    local epoch = said[1] or ''
    if epoch ~= ARGV[1] and #epoch == 8 and string.match(epoch, '^[0-9a-f]+$') then return epoch end
    local seq = ARGV[3]
    local goes_on = false
    if ARGV[5] == 'good' and redis.call('TYPE', KEYS[2]).ok == 'stream' then
        local last = string.match(last_of(KEYS[2]), '^0%-(%d+)$')
        local foreign = tonumber(said[2] or '') and said[2] ~= last
        if last and #last < tonumber(ARGV[4]) and not foreign then seq = last goes_on = true end
    end
    if goes_on then
        redis.call('RENAME', KEYS[2], KEYS[3])
    else
        redis.call('DEL', KEYS[1], KEYS[2], KEYS[4], KEYS[5])
        redis.call('XGROUP', 'CREATE', KEYS[3], 'new', '0', 'MKSTREAM')
        redis.call('XGROUP', 'DESTROY', KEYS[3], 'new')
        if seq ~= '0' then redis.call('XSETID', KEYS[3], '0-' .. seq) end
    end
    redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'run', run, 'former', former, 'newest', seq)
    return ARGV[2]
",
    )
});

fn script(body: &str) -> Script {
    Script::new(&whole(body))
}

fn whole(body: &str) -> String {
    format!("{IDENTITY}{body}")
}

/// How the feed stands in Redis.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// None where there is none.
    pub(super) epoch: Option<u32>,
    /// This is the Redis on which the epoch began.
    pub(super) is_same: bool,
    /// The newest id that was given.
    pub(super) newest: Option<u64>,
    /// The last of the stream, where that is one, and of the epoch that was asked for.
    pub(super) last: Option<u64>,
    /// The fields of the entry that was asked for, where it is kept.
    pub(super) entry: Fields,
}

/// Those of an entry.
pub(super) type Fields = HashMap<String, String>;

impl Look {
    /// Looks, and shows what is at a place, if its epoch stands.
    pub(super) async fn at(line: &mut MultiplexedConnection, names: &Names, place: Cursor) -> RedisResult<Self> {
        let mut look = cmd("EVAL_RO"); // another would be held up where all that writes is paused
        look.arg(LOOK.as_str()).arg(2).arg(&names.pointer).arg(names.stream(place.epoch));
        look.arg(hexadecimal(place.epoch)).arg(format!("0-{}", place.seq));
        let mut answer: Vec<Vec<u8>> = look.query_async(line).await?;
        let entry = fields(answer.split_off(answer.len().min(4)));
        let mut words = answer.into_iter().map(text);
        let mut next = || words.next().unwrap_or_default();

        Ok(Self {
            epoch: u32::from_str_radix(&next(), 16).ok(),
            is_same: next() == "same",
            newest: number(&next()),
            last: seq_of(&next()),
            entry,
        })
    }
}

/// The fields of an entry, each a name and a value.
pub(super) fn fields(raw: Vec<Vec<u8>>) -> Fields {
    let mut words = raw.into_iter().map(text);
    let pairs = std::iter::from_fn(|| Some((words.next()?, words.next()?)));

    pairs.collect()
}

/// What is not UTF-8 is not ours, and is nothing.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// The number of an id that we have given.
pub(super) fn seq_of(id: &str) -> Option<u64> {
    number(id.strip_prefix("0-")?)
}

fn number(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|_| digits.len() < DIGITS)
}

fn hexadecimal(epoch: u32) -> String {
    format!("{epoch:08x}")
}

/// What is to be published.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) epoch: u32,
    pub(super) key: &'a str,
    /// In milliseconds: one is published in each. 0 where it is no tick.
    pub(super) tick: u64,
    /// In hexadecimal digits.
    pub(super) digest: &'a str,
    pub(super) json: &'a str,
    pub(super) event: &'a str,
    pub(super) history: usize,
    /// In milliseconds.
    pub(super) known_for: u64,
    pub(super) most_known: usize,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is there, now or since it came before.
    Published(Placed),
    /// Its key came with something else.
    Reused,
    /// The epoch does not stand any more, or never did here.
    Moved,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) seq: u64,
    /// In milliseconds since 1970 began.
    pub(super) at: u64,
    /// It stands there since now, as it was sent: a tick that another process was sooner with may have another text.
    pub(super) is_new: bool,
}

impl Wanted<'_> {
    /// Does it, once, however often it is sent.
    pub(super) async fn publish(&self, line: &mut MultiplexedConnection, names: &Names) -> RedisResult<Outcome> {
        let mut publish = PUBLISH.prepare_invoke();
        publish.key(&names.pointer).key(names.stream(self.epoch)).key(&names.keys).key(&names.ages);
        publish
            .arg(hexadecimal(self.epoch))
            .arg(self.key)
            .arg(self.tick)
            .arg(self.digest)
            .arg(self.json)
            .arg(self.event);
        publish.arg(self.history).arg(self.known_for).arg(self.most_known);
        let (word, seq, at): (String, u64, u64) = publish.invoke_async(line).await?;

        Ok(match word.as_str() {
            "new" | "known" => Outcome::Published(Placed { seq, at, is_new: word == "new" }),
            "reused" => Outcome::Reused,
            _ => Outcome::Moved,
        })
    }
}

/// A new epoch in the place of one.
#[derive(Debug)]
pub(super) struct Change {
    /// The epoch that was; None where there was none.
    pub(super) before: Option<u32>,
    /// Whose stream is taken over, where that is good.
    pub(super) stream: u32,
    /// The newest id that was seen: where nothing is taken over, ids go on from there.
    pub(super) newest: u64,
    pub(super) was: Was,
}

/// What was in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Was {
    /// What we have written, as far as can be seen.
    Good,
    /// What we have not written, or with a hole.
    Strange,
}

impl Change {
    /// Makes it, unless somebody else has begun an epoch already; gives the one that stands then.
    pub(super) async fn make(&self, line: &mut MultiplexedConnection, names: &Names) -> RedisResult<Option<u32>> {
        let new: u32 = rand::random();
        let mut begin = BEGIN.prepare_invoke();
        begin.key(&names.pointer).key(names.stream(self.stream)).key(names.stream(new));
        begin.key(&names.keys).key(&names.ages);
        begin.arg(self.before.map(hexadecimal).unwrap_or_default()).arg(hexadecimal(new));
        begin.arg(self.newest).arg(DIGITS).arg(if self.was == Was::Good { "good" } else { "strange" });
        let epoch: String = begin.invoke_async(line).await?;

        Ok(u32::from_str_radix(&epoch, 16).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_we_have_not_given_is_none() {
        assert_eq!(seq_of("0-17"), Some(17));
        assert_eq!(seq_of("0-999999999999999"), Some(999_999_999_999_999));
        for foreign in
            ["", "17", "0-", "0-x", "1-17", "1795388220123-0", "0-9007199254740993", "0-18446744073709551615"]
        {
            assert_eq!(seq_of(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_nothing_and_half_a_pair_is_none() {
        let raw = [&b"at"[..], b"1", b"json", b"{\xff}", b"half"].map(<[u8]>::to_vec);

        let fields = fields(raw.to_vec());

        assert_eq!(fields.len(), 2);
        assert_eq!((fields["at"].as_str(), fields["json"].as_str()), ("1", ""));
    }
}
