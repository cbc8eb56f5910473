//! What the window says, in English; the one place to translate, beside the rows of the actions and those of the recipe's fields and choices.
//!
//! Does not know when it is said.

pub(super) mod analysis;
pub mod board;
pub(super) mod fix;
pub(super) mod library;
pub(super) mod object;
pub(super) mod prepare;
pub(super) mod recipes;
pub(super) mod server;
pub(super) mod shell;
pub(super) mod studio;
pub(super) mod sweep;
pub(super) mod words;
pub(super) mod work;

use super::row::Menu;

/// What stands in the title when nothing is open.
pub const TITLE: &str = "Pentimento";

/// The name of a menu.
pub fn menu(menu: Menu) -> &'static str {
    match menu {
        Menu::File => "File",
        Menu::Edit => "Edit",
        Menu::Picture => "Picture",
        Menu::Mask => "Mask",
        Menu::Repaint => "Repaint",
        Menu::View => "View",
        Menu::Help => "Help",
    }
}
