/// How wide the paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Paper {
    /// 80 mm: 48 columns of 12 dots.
    #[default]
    Wide,
    /// 58 mm: 32 columns of 12 dots.
    Narrow,
}

impl Paper {
    /// Characters on a line.
    #[must_use]
    pub fn columns(self) -> usize {
        match self {
            Self::Wide => 48,
            Self::Narrow => 32,
        }
    }

    pub(super) fn dots(self) -> usize {
        12 * self.columns()
    }
}
