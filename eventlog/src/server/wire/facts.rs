//! Facts on the wire.
//!
//! A fact is encoded straight from the bytes it was read into, because hundreds of thousands go out
//! in a second; the shape is `ReadResp.event` of the protocol:
//!
//! ```text
//! ReadResp      event 1 ReadEvent
//! ReadEvent     event 1 RecordedEvent · link 2 RecordedEvent · commit_position 3
//! RecordedEvent id 1 UUID · stream_identifier 2 { stream_name 3 } · stream_revision 3
//!               prepare_position 4 · commit_position 5 · metadata 6 map · custom_metadata 7 · data 8
//! ```

use bytes::Bytes;
use prost::{
    Message,
    encoding::{WireType, encode_varint, encoded_len_varint, key_len},
};

use super::{Notice, NoticeContent};
use crate::server::fact::{Fact, FactRef, Format};

/// How the ids of facts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdForm {
    /// As two numbers.
    Structured,
    /// Lower-case, with hyphens.
    String,
}

/// One message of the answer to `Read`.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A fact, or what a link points to, and the link.
    Fact { fact: Option<Fact>, link: Option<Box<Fact>>, ids: IdForm },
    /// Anything else.
    Notice(NoticeContent),
}

/// Messages of the answer to `Read` as they go out, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Messages(Vec<u8>);

/// What stands before each message: that it is not compressed, and its length.
const FRAME_BYTES: usize = 5;

impl Messages {
    /// None yet, and room for so many bytes of them.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Add what brings `fact` itself.
    pub(crate) fn fact(&mut self, fact: FactRef<'_>, ids: IdForm) {
        self.frame(|buffer| encode_event(Some(&Record::new(fact, ids)), None, buffer));
    }

    /// Add what is not a fact.
    pub(crate) fn notice(&mut self, content: NoticeContent) {
        self.frame(|buffer| Notice { content: Some(content) }.encode_raw(buffer));
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Notice(content) => self.notice(content),
            Answer::Fact { fact, link, ids } => self.frame(|buffer| {
                let fact = fact.as_ref().map(|fact| Record::new(fact.view(), ids));
                let link = link.as_deref().map(|link| Record::new(link.view(), ids));
                encode_event(fact.as_ref(), link.as_ref(), buffer);
            }),
        }
    }

    fn frame(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let Self(buffer) = self;
        let begun = buffer.len();
        buffer.extend_from_slice(&[0; FRAME_BYTES]);
        encode(buffer);
        let length = buffer.len() - begun - FRAME_BYTES;
        let length = u32::try_from(length).expect("no fact is larger than an append");
        buffer[begun + 1..begun + FRAME_BYTES].copy_from_slice(&length.to_be_bytes());
    }

    /// How many bytes they are.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0.into()
    }
}

impl FromIterator<Answer> for Messages {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> Self {
        let mut messages = Self::default();
        answers.into_iter().for_each(|answer| messages.answer(answer));
        messages
    }
}

fn encode_event(fact: Option<&Record<'_>>, link: Option<&Record<'_>>, buffer: &mut Vec<u8>) {
    let Some(position) = link.or(fact).map(|record| record.fact.place.position) else { return };
    let field = |record: Option<&Record<'_>>| record.map_or(0, |record| framed(record.length));
    let length = field(fact) + field(link) + 1 + encoded_len_varint(position);
    buffer.reserve(framed(length));
    put_length(1, length, buffer);
    if let Some(record) = fact {
        put_length(1, record.length, buffer);
        record.encode(buffer);
    }
    if let Some(record) = link {
        put_length(2, record.length, buffer);
        record.encode(buffer);
    }
    put_number(3, position, buffer);
}

/// A fact with what must be known before its first byte can be written.
struct Record<'a> {
    fact: FactRef<'a>,
    ids: IdForm,
    content_type: &'static str,
    created: Decimal,
    length: usize,
}

const TYPE: &[u8] = b"type";
const CREATED: &[u8] = b"created";
const CONTENT_TYPE: &[u8] = b"content-type";
/// Length of an id in hyphenated form.
const ID_TEXT: usize = 36;

impl<'a> Record<'a> {
    fn new(fact: FactRef<'a>, ids: IdForm) -> Self {
        let content_type = match fact.place.format {
            Format::Json => "application/json",
            Format::Bytes => "application/octet-stream",
        };
        let created = Decimal::new(fact.place.created.cast_unsigned());
        let mut record = Self { fact, ids, content_type, created, length: 0 };
        record.length = record.measure();
        record
    }

    fn measure(&self) -> usize {
        let fact = self.fact;
        let number = |value: u64| if value == 0 { 0 } else { 1 + encoded_len_varint(value) };
        let bytes = |length: usize| if length == 0 { 0 } else { framed(length) };
        let entry = |key: &[u8], value: usize| framed(framed(key.len()) + framed(value));
        framed(self.id_length())
            + framed(framed(fact.stream.len()))
            + number(fact.place.revision)
            + 2 * number(fact.place.position)
            + entry(TYPE, fact.kind.len())
            + entry(CREATED, self.created.digits().len())
            + entry(CONTENT_TYPE, self.content_type.len())
            + bytes(fact.metadata.len())
            + bytes(fact.data.len())
    }

    fn encode(&self, buffer: &mut Vec<u8>) {
        let fact = self.fact;
        put_length(1, self.id_length(), buffer);
        self.encode_id(buffer);
        put_length(2, framed(fact.stream.len()), buffer);
        put_bytes(3, fact.stream, buffer);
        if fact.place.revision != 0 {
            put_number(3, fact.place.revision, buffer);
        }
        put_number(4, fact.place.position, buffer);
        put_number(5, fact.place.position, buffer);
        put_entry(TYPE, fact.kind, buffer);
        put_entry(CREATED, self.created.digits(), buffer);
        put_entry(CONTENT_TYPE, self.content_type.as_bytes(), buffer);
        if !fact.metadata.is_empty() {
            put_bytes(7, fact.metadata, buffer);
        }
        if !fact.data.is_empty() {
            put_bytes(8, fact.data, buffer);
        }
    }

    fn id_length(&self) -> usize {
        match self.ids {
            IdForm::String => framed(ID_TEXT),
            IdForm::Structured => {
                let (most, least) = self.fact.place.id.as_u64_pair();
                framed(2 + encoded_len_varint(most) + encoded_len_varint(least))
            }
        }
    }

    fn encode_id(&self, buffer: &mut Vec<u8>) {
        match self.ids {
            IdForm::String => {
                let mut text = [0; ID_TEXT];
                put_bytes(
                    2,
                    self.fact.place.id.hyphenated().encode_lower(&mut text).as_bytes(),
                    buffer,
                );
            }
            IdForm::Structured => {
                let (most, least) = self.fact.place.id.as_u64_pair();
                let length = 2 + encoded_len_varint(most) + encoded_len_varint(least);
                put_length(1, length, buffer);
                put_number(1, most, buffer);
                put_number(2, least, buffer);
            }
        }
    }
}

/// A number in decimal, without an allocation.
struct Decimal {
    digits: [u8; 20],
    first: usize,
}

impl Decimal {
    fn new(mut number: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; 20], first: 20 };
        loop {
            decimal.first -= 1;
            decimal.digits[decimal.first] = b"0123456789"[(number % 10) as usize];
            number /= 10;
            if number == 0 {
                return decimal;
            }
        }
    }

    fn digits(&self) -> &[u8] {
        &self.digits[self.first..]
    }
}

/// Length of a field with a number below 16 that holds `length` bytes.
fn framed(length: usize) -> usize {
    key_len(1) + encoded_len_varint(length as u64) + length
}

fn put_length(field: u8, length: usize, buffer: &mut Vec<u8>) {
    buffer.push(field << 3 | WireType::LengthDelimited as u8);
    match u8::try_from(length) {
        // One byte holds seven bits of a length, and most are no longer.
        Ok(short) if short < 0x80 => buffer.push(short),
        Ok(_) | Err(_) => encode_varint(length as u64, buffer),
    }
}

fn put_number(field: u8, number: u64, buffer: &mut Vec<u8>) {
    buffer.push(field << 3 | WireType::Varint as u8);
    encode_varint(number, buffer);
}

fn put_bytes(field: u8, bytes: &[u8], buffer: &mut Vec<u8>) {
    put_length(field, bytes.len(), buffer);
    buffer.extend_from_slice(bytes);
}

fn put_entry(key: &[u8], value: &[u8], buffer: &mut Vec<u8>) {
    put_length(6, framed(key.len()) + framed(value.len()), buffer);
    put_bytes(1, key, buffer);
    put_bytes(2, value, buffer);
}
