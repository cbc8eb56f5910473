//! The ControlNets of a command: which, shown what, and how strongly.
//!
//! Does not know their files' contents.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::Failure;
use super::args::FieldArgs;
use crate::engine::KitControl;
use crate::raster::Picture;
use crate::raster::file;
use crate::recipe::field::Field;
use crate::recipe::field::rows::{
    CONTROL_END, CONTROL_KIND, CONTROL_MODE, CONTROL_START, CONTROL_WEIGHT,
};
use crate::recipe::{Control, ControlKind, ControlMode, Method, Recipe};

/// What takes the ControlNets of a recipe away.
const NONE: &str = "none";

/// Options of the recipe that are nothing without a ControlNet.
const OPTIONS: [&Field; 5] = [
    &CONTROL_KIND,
    &CONTROL_WEIGHT,
    &CONTROL_START,
    &CONTROL_END,
    &CONTROL_MODE,
];

#[derive(Debug, ClapArgs)]
pub struct ControlArgs {
    /// ControlNet: a .safetensors file, a folder in the layout of diffusers, an ONNX export, or the name of one in a known folder; behind colons what it is shown, what leads, its weight, and the shares of the steps where it starts and ends, as far as they are not as the options below say: `canny.safetensors:canny:0.8:0:0.5`. May be given more than once; `none` takes those of --recipe away.
    #[arg(long, value_name = "FILE[:KIND][:MODE][:W[:START[:END]]]", value_parser = asked)]
    pub control: Vec<Asked>,

    /// Picture that the first --control is shown in the place of the one that is repainted; given again for the second, and so on.
    #[arg(long, value_name = "PATH")]
    pub control_image: Vec<PathBuf>,
}

/// A ControlNet as it was typed.
#[derive(Clone, Debug)]
pub struct Asked {
    file: PathBuf,
    kind: Option<ControlKind>,
    mode: Option<ControlMode>,
    /// Weight, start and end.
    numbers: Vec<f64>,
}

fn asked(text: &str) -> Result<Asked, String> {
    let (mut kind, mut mode, mut numbers) = (None, None, Vec::new());
    let mut file = text;
    // From behind, as a path may have colons of its own.
    while let Some((rest, last)) = file.rsplit_once(':') {
        let number = last.parse().ok().filter(|number: &f64| number.is_finite());
        match (number, last.parse(), last.parse()) {
            (Some(number), ..) if numbers.len() < 3 => numbers.push(number),
            (_, Ok(own), _) if kind.is_none() => kind = Some(own),
            (_, _, Ok(own)) if mode.is_none() => mode = Some(own),
            _ => break,
        }
        file = rest;
    }
    if file.is_empty() {
        return Err("give a ControlNet as FILE, FILE:canny or FILE:canny:0.8".to_owned());
    }
    numbers.reverse();
    Ok(Asked {
        file: PathBuf::from(file),
        kind,
        mode,
        numbers,
    })
}

impl Asked {
    fn is_none(&self) -> bool {
        self.file == Path::new(NONE)
    }

    /// Whether it can be no name, but for a file.
    fn is_path(&self) -> bool {
        let ending = self.file.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["safetensors", "onnx"].contains(&ending))
            || self.file.is_absolute()
    }

    /// Puts what was typed into a recipe's.
    fn put(&self, control: &mut Control) {
        control.kind = self.kind.unwrap_or(control.kind);
        control.mode = self.mode.unwrap_or(control.mode);
        let places = [&mut control.weight, &mut control.start, &mut control.end];
        for (place, number) in places.into_iter().zip(&self.numbers) {
            *place = *number;
        }
    }
}

/// The ControlNets that a command asks for beside their places in the recipe.
#[derive(Default)]
pub struct Controls {
    /// Their files, as far as they were given as files.
    pub files: Vec<KitControl>,
    /// What those of the recipe, by their places, are shown in the place of the picture.
    pub pictures: Vec<Option<Arc<Picture>>>,
}

impl ControlArgs {
    /// A recipe with its ControlNets, `fields` put over it.
    ///
    /// # Errors
    /// When options speak of ControlNets and there are none, or a picture cannot be read.
    pub fn over(
        &self,
        base: &Recipe,
        fields: &FieldArgs,
        on_picture: bool,
    ) -> Result<(Recipe, Controls), Failure> {
        let mut base = base.clone();
        let mut controls = Controls::default();
        let asked: Vec<_> = self.control.iter().filter(|one| !one.is_none()).collect();
        if !self.control.is_empty() {
            base.controls = Vec::new();
        }
        for one in &asked {
            let mut file = KitControl::of(one.file.clone());
            let mut others = controls.files.iter();
            if let Some(folder) = one.file.parent().and_then(Path::file_name)
                && others.any(|other| other.name == file.name && other.file != file.file)
            {
                file.name = format!("{}/{}", folder.to_string_lossy(), file.name);
            }
            let mut control = Control::named(&file.name);
            if self.control_image.len() > base.controls.len()
                && control.kind != ControlKind::Inpaint
            {
                control.kind = as_prepared(control.kind);
            }
            if one.file.exists() {
                controls.files.push(file);
            } else if one.is_path() {
                return Err(Failure::Usage(format!(
                    "there is no such ControlNet: {}",
                    one.file.display()
                )));
            } else {
                control.model = one.file.to_string_lossy().into_owned();
            }
            base.controls.push(control);
        }
        let mut recipe = fields.over(&base);
        for (one, control) in asked.iter().zip(&mut recipe.controls) {
            one.put(control);
        }
        check_options(fields, &recipe)?;
        if self.control_image.len() > recipe.controls.len() {
            return Err(Failure::Usage(
                "there are more --control-image than ControlNets; give one with --control FILE for each".to_owned(),
            ));
        }
        if recipe.method == Method::ControlnetInpaint
            && fields.get(&CONTROL_KIND).is_none()
            && let ([one], [control]) = (&asked[..], &mut recipe.controls[..])
            && one.kind.is_none()
            && control.kind == ControlKind::AsIs
        {
            // Whose name does not say what it was trained for.
            control.kind = ControlKind::Inpaint;
        }
        for (path, control) in self.control_image.iter().zip(&mut recipe.controls) {
            let picture = file::read(path)?.picture;
            controls.pictures.push(Some(Arc::new(picture)));
            let name = path.file_name().unwrap_or_default();
            control.picture = name.to_string_lossy().into_owned();
        }
        let mut rest = recipe.controls.iter().skip(self.control_image.len());
        if let Some(Control { model, picture, .. }) = rest.find(|one| !one.picture.is_empty()) {
            return Err(Failure::Usage(format!(
                "the recipe shows the ControlNet {model} the picture {picture}; give it with --control-image, or the ControlNet anew with --control"
            )));
        }
        if !on_picture && controls.pictures.len() < recipe.controls.len() {
            return Err(Failure::Usage(
                "a ControlNet needs a picture to look at; give it one with --control-image, or a picture to repaint with --image".to_owned(),
            ));
        }
        Ok((recipe, controls))
    }

    /// The files that are read.
    pub fn images(&self) -> impl Iterator<Item = &PathBuf> {
        self.control_image.iter()
    }
}

/// Refuses options that speak of ControlNets where a recipe has none.
///
/// # Errors
/// One line.
pub fn check_options(fields: &FieldArgs, recipe: &Recipe) -> Result<(), Failure> {
    let stray = OPTIONS.iter().find(|field| fields.get(field).is_some());
    match stray.filter(|_| recipe.controls.is_empty()) {
        Some(stray) => Err(Failure::Usage(format!(
            "--{} is about ControlNets; give one with --control FILE",
            stray.option.name
        ))),
        None => Ok(()),
    }
}

/// What a picture shows that was prepared for a ControlNet of a kind.
fn as_prepared(kind: ControlKind) -> ControlKind {
    match kind {
        ControlKind::Canny => ControlKind::Lines,
        ControlKind::Blur | ControlKind::Grey => ControlKind::Tile,
        kind => kind,
    }
}
