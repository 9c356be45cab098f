//! A message that says the same field again and again.
//!
//! An element takes two bytes on the wire and a hundred in memory, so a message that is not too
//! large to be received may be much too large to be kept.

use bytes::{Buf, BufMut};
use prost::{
    DecodeError, Message,
    encoding::{DecodeContext, WireType, message},
};

/// The message `H`, whose field `TAG` is repeated: at most `MAX` times, else it cannot be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bounded<H, M, const TAG: u32, const MAX: usize> {
    pub(crate) head: H,
    pub(crate) many: Vec<M>,
}

impl<H, M, const TAG: u32, const MAX: usize> Message for Bounded<H, M, TAG, MAX>
where
    H: Message,
    M: Message + Default,
{
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        self.head.encode_raw(buffer);
        message::encode_repeated(TAG, &self.many, buffer);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        if tag != TAG {
            return self.head.merge_field(tag, wire_type, buffer, context);
        }
        if self.many.len() == MAX {
            return Err(DecodeError::new(format!("field {TAG} is repeated too often")));
        }
        message::merge_repeated(wire_type, &mut self.many, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        self.head.encoded_len() + message::encoded_len_repeated(TAG, &self.many)
    }

    fn clear(&mut self) {
        self.head.clear();
        self.many.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Empty, Seconds};
    use super::*;

    type Three = Bounded<Seconds, Empty, 7, 3>;

    #[test]
    fn so_many_elements_are_read_and_not_one_more() {
        let head = Seconds { seconds: 4, nanos: 5 };
        let said = |elements| Three { head, many: vec![Empty {}; elements] };
        assert_eq!(Three::decode(said(3).encode_to_vec().as_slice()).unwrap(), said(3));
        assert!(Three::decode(said(4).encode_to_vec().as_slice()).is_err());
    }
}
