//! The table of samplers: a new one is its function in a file of `diffusion::sampler`, and its row here.
//!
//! Does not know how a sampler steps: the rows hold names of functions, which `diffusion::sampler` looks up.

use super::{Recipe, Spacing, choices};

/// Hands every sampler's row to the macro `$with`.
///
/// Each row holds what the sampler is (one sentence), its name on command lines and in files, its names in A1111 (`modules/sd_samplers_kdiffusion.py`; what the window shows too), ComfyUI (`comfy/samplers.py`) and InvokeAI (`backend/stable_diffusion/schedulers`; empty where it has none that steps alike), the spacing that the field pairs it with (Karras for the DPM family and LMS, else the one of its own reference), and what it is good for.
/// The last line is for `diffusion::sampler`: the stepping rule, the layout of diffusers' class, and what the rule solves.
macro_rules! samplers {
    ($with:ident) => {
        $with! {
            #[doc = "Euler's method on the probability-flow ODE."]
            Euler {
                name: "euler", a1111: "Euler", comfy: "euler", invoke: "euler",
                usual: Uniform, advice: "Plain and steady.",
                step: euler::euler, layout: LINSPACE, solves: Ode(1),
            }
            #[doc = "Euler with ancestral noise."]
            EulerA {
                name: "euler-a", a1111: "Euler a", comfy: "euler_ancestral", invoke: "euler_a",
                usual: Uniform, advice: "Lively: adds fresh noise at each step, and never settles.",
                step: euler::euler_ancestral, layout: LINSPACE, solves: Sde(1),
            }
            #[doc = "Heun's second-order method."]
            Heun {
                name: "heun", a1111: "Heun", comfy: "heun", invoke: "heun",
                usual: Uniform, advice: "Careful: works twice at each step.",
                step: second_order::heun, layout: LINSPACE, solves: Ode(2),
            }
            #[doc = "DPM-Solver-2 (midpoint in log sigma)."]
            Dpm2 {
                name: "dpm2", a1111: "DPM2", comfy: "dpm_2", invoke: "kdpm_2",
                usual: Karras, advice: "Careful: works twice at each step, a little sharper.",
                step: second_order::dpm_2, layout: LINSPACE_KARRAS_ROUNDED, solves: Ode(2),
            }
            #[doc = "DPM-Solver++(2M)."]
            DpmPp2m {
                name: "dpmpp-2m", a1111: "DPM++ 2M", comfy: "dpmpp_2m", invoke: "dpmpp_2m",
                usual: Karras, advice: "Quick and clean; the usual choice.",
                step: dpm_multistep::dpmpp_2m, layout: DPM_MULTISTEP, solves: Ode(2),
            }
            #[doc = "DPM-Solver++(2M) SDE."]
            DpmPp2mSde {
                name: "dpmpp-2m-sde", a1111: "DPM++ 2M SDE", comfy: "dpmpp_2m_sde", invoke: "dpmpp_2m_sde",
                usual: Karras, advice: "Rich in detail: fresh noise, and still quick.",
                step: dpm_multistep::dpmpp_2m_sde, layout: DPM_MULTISTEP, solves: Sde(2),
            }
            #[doc = "DPM-Solver++ SDE, two evaluations a step."]
            DpmPpSde {
                name: "dpmpp-sde", a1111: "DPM++ SDE", comfy: "dpmpp_sde", invoke: "dpmpp_sde",
                usual: Karras, advice: "Rich in detail, and works twice at each step.",
                step: dpm_singlestep::dpmpp_sde, layout: LINSPACE, solves: Sde(2),
            }
            #[doc = "DPM-Solver++(2S) ancestral."]
            DpmPp2sA {
                name: "dpmpp-2s-a", a1111: "DPM++ 2S a", comfy: "dpmpp_2s_ancestral", invoke: "",
                usual: Karras, advice: "Lively and careful; works twice at each step.",
                step: dpm_singlestep::dpmpp_2s_ancestral, layout: LINSPACE, solves: Sde(2),
            }
            #[doc = "DPM-Solver++(3M) SDE."]
            DpmPp3mSde {
                name: "dpmpp-3m-sde", a1111: "DPM++ 3M SDE", comfy: "dpmpp_3m_sde", invoke: "",
                usual: Karras, advice: "Rich in detail with many steps.",
                step: dpm_multistep::dpmpp_3m_sde, layout: DPM_MULTISTEP, solves: Sde(3),
            }
            #[doc = "Linear multistep (Adams-Bashforth of order 4 in sigma)."]
            Lms {
                name: "lms", a1111: "LMS", comfy: "lms", invoke: "lms",
                usual: Karras, advice: "An old hand; wants many steps.",
                step: multistep::lms, layout: LINSPACE, solves: Ode(3),
            }
            #[doc = "DDIM with eta 0."]
            Ddim {
                name: "ddim", a1111: "DDIM", comfy: "ddim", invoke: "ddim",
                usual: Uniform, advice: "An old hand, made for repainting.",
                step: euler::euler, layout: DDIM, solves: Ode(1),
            }
            #[doc = "UniPC (predictor-corrector, order 2)."]
            UniPc {
                name: "unipc", a1111: "UniPC", comfy: "uni_pc", invoke: "unipc",
                usual: Uniform, advice: "Good with very few steps.",
                step: unipc::unipc, layout: MULTISTEP, solves: Ode(3),
            }
            #[doc = "Latent consistency model sampling; needs a consistency model."]
            Lcm {
                name: "lcm", a1111: "LCM", comfy: "lcm", invoke: "lcm",
                usual: Uniform, advice: "Only for models made for it: four to eight steps.",
                step: lcm::lcm, layout: LCM, solves: Consistency,
            }
            #[doc = "DEIS multistep of order 2."]
            Deis {
                name: "deis", a1111: "DEIS", comfy: "deis", invoke: "deis",
                usual: Uniform, advice: "Quick and clean, much like DPM++ 2M.",
                step: multistep::deis, layout: DEIS, solves: Ode(2),
            }
        }
    };
}

pub(crate) use samplers;

macro_rules! declare {
    ($(#[doc = $about:literal] $variant:ident {
        name: $name:literal, a1111: $a1111:literal, comfy: $comfy:literal, invoke: $invoke:literal,
        usual: $usual:ident, advice: $advice:literal,
        step: $step:expr, layout: $layout:ident, solves: $solves:expr,
    })+) => {
        choices! {
            /// Stepping rule of the reverse process; diffusers' scheduler class of that name is the reference.
            Sampler, "sampler" { $(
                #[doc = $about]
                $variant = $name { label: $a1111, tooltip: $advice, a1111: &[$a1111], comfy: $comfy, invoke: $invoke },
            )+ }
        }

        impl Sampler {
            /// The spacing that the field pairs it with.
            #[must_use]
            pub fn usual_spacing(self) -> Spacing {
                match self {
                    $(Self::$variant => Spacing::$usual,)+
                }
            }
        }
    };
}

samplers!(declare);

impl Recipe {
    /// Changes the recipe; where another sampler comes in, a spacing that was the usual one of the sampler before becomes that of the new one.
    pub fn keep_usual_spacing<R>(&mut self, change: impl FnOnce(&mut Self) -> R) -> R {
        let (sampler, usual) = (self.sampler, self.spacing == self.sampler.usual_spacing());
        let changed = change(self);
        if usual && self.sampler != sampler {
            self.spacing = self.sampler.usual_spacing();
        }
        changed
    }
}
