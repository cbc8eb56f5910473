//! The choices of partial repainting: what the mask means, what lies under it at the start, how the model hears of it.
//!
//! Does not know how any of it is computed; the sentence of each choice is what the artist reads about it.

use super::choices;

choices! {
    /// Which side of the mask is repainted.
    MaskMode, "mask mode" {
        /// Repaint what is masked.
        Masked = "masked" { label: "What is masked", a1111: &["Inpaint masked"] },
        /// Keep what is masked and repaint the rest.
        NotMasked = "not-masked" { label: "What is not masked", a1111: &["Inpaint not masked"] },
    }
}

choices! {
    /// What lies under the mask before the first step; below full strength the model starts from it.
    MaskedContent, "masked content" {
        /// The picture as it is: for corrections that keep shape and colour.
        Original = "original" { a1111: &["original"] },
        /// The colours around the mask, flowing in and blurred: for removing something.
        Fill = "fill" { a1111: &["fill"] },
        /// Pure noise in place of the masked part: for something new, at a strength of 0.8 or more.
        LatentNoise = "latent-noise" { a1111: &["latent noise"] },
        /// Nothing, which most models see as a plain brown-grey: for something new in calm colours, at a strength of 0.8 or more.
        LatentNothing = "latent-nothing" { a1111: &["latent nothing"] },
    }
}

choices! {
    /// How a picture of another size is brought to the size that is asked for.
    ResizeMode, "resize mode" {
        /// Stretch it, whatever that does to its proportions.
        Stretch = "stretch",
        /// Scale it until it covers the size, and cut off what sticks out.
        Crop = "crop",
        /// Scale it until it fits in, and fill the bars with its outermost pixels.
        Fill = "fill",
        /// As fill, and repaint the bars as if they were masked.
        FillAndMask = "fill-and-mask",
        /// Stretch what the model has understood of it, not its pixels: softer, and only good at a strength of 0.5 or more.
        Latent = "latent",
    }
}

choices! {
    /// How the model is told what to repaint.
    Method, "method" {
        /// The inpainting model's own way where the model has one, else the latent mask.
        Auto = "auto",
        /// Holds the picture around the mask still while the model works on what lies under it: for every model and every strength.
        LatentMask = "latent-mask",
        /// Cuts the masked part out to plain grey, so that nothing of it shines through: for something entirely new, made for inpainting models.
        InpaintEncode = "inpaint-encode",
        /// Shows the mask and the picture around it to a model that was trained for inpainting: the cleanest joins, at every strength.
        InpaintModel = "inpaint-model",
        /// Shows the picture without its masked part to a ControlNet that was trained for inpainting, beside the latent mask: clean joins with any model, at every strength.
        ControlnetInpaint = "controlnet-inpaint" { label: "ControlNet Inpaint" },
    }
}

impl Method {
    /// Why the denoising strength is held at 1 with this method; `None` where the artist's own counts.
    pub fn holds_strength(self) -> Option<&'static str> {
        match self {
            Self::InpaintEncode => Some(
                "strength is held at 1 with the method inpaint-encode: the masked part is cut out to grey, and a lower strength would leave that grey in the picture",
            ),
            Self::Auto | Self::LatentMask | Self::InpaintModel | Self::ControlnetInpaint => None,
        }
    }
}

choices! {
    /// How the picture around the mask is held still while the model works.
    MaskEdge, "mask edge" {
        /// Soft where the mask's edge is soft and for inpainting models, else hard.
        Auto = "auto",
        /// Repaints faint parts of the mask later and so less, which lets old and new grow into each other (differential diffusion).
        Soft = "soft",
        /// Repaints all that is masked by half or more alike, and nothing else.
        Hard = "hard",
        /// Holds nothing still, and lets only the final blend bring the picture back: for inpainting models that should be free around the mask too.
        Open = "open",
    }
}
