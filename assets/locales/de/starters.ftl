stable-diffusion-1-5-inpainting = malt Teile von Bildern neu; das richtige für den Anfang
sdxl-1-0 = größer und feiner; braucht eine Grafikkarte oder Geduld
vae-for-sdxl-in-half-precision = verhindert, dass Bilder von SDXL auf Grafikkarten schwarz werden
lcm-lora = eine LoRA, die in 4 bis 8 Schritten malt
