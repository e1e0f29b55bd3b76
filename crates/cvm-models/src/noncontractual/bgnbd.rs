//! (empty until its branch is merged)
