//! The part of the input that is looked at.

use std::io::{self, Read};

use super::position::Position;

/// How much is read at a time.
pub(super) const CHUNK: usize = 64 * 1024;

/// What was read of `R` and not forgotten yet.
pub(super) struct Window<R> {
    reader: R,
    bytes: Vec<u8>,
    /// Where in `bytes` the reading stands, and the same in the input.
    at: usize,
    position: Position,
    end_of_input: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            at: 0,
            position: Position::START,
            end_of_input: false,
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_at_end_of_input(&self) -> bool {
        self.end_of_input
    }

    /// How much memory it has.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Passes over what counts as no column.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The byte at `offset` of the window, reading on as needed.
    pub(super) fn byte(&mut self, offset: usize) -> io::Result<Option<u8>> {
        while offset >= self.bytes.len() && !self.end_of_input {
            let length = self.bytes.len();
            self.bytes.resize(length + CHUNK, 0);
            let read = loop {
                match self.reader.read(&mut self.bytes[length..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.bytes.truncate(length + *read.as_ref().unwrap_or(&0));
            self.end_of_input = read? == 0;
        }
        Ok(self.bytes.get(offset).copied())
    }

    pub(super) fn advance(&mut self, to: usize) {
        self.position.pass(&self.bytes[self.at..to]);
        self.at = to;
    }

    /// Forgets what was read past, so that memory follows the document and not the input.
    fn forget(&mut self) {
        if self.at >= CHUNK {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
    }

    pub(super) fn skip_white_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            self.forget();
            match self.byte(self.at)? {
                Some(byte) if byte.is_ascii_whitespace() => self.advance(self.at + 1),
                other => return Ok(other),
            }
        }
    }
}
