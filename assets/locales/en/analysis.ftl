title = Analyse picture
own = What the picture says itself
nothing = Nothing of how it was made.
photographed = It was taken with a camera.
use-recipe = Use its recipe
    .tip = Put the recipe that the picture carries into the panel.
use-its-model = Use its model
    .tip = Paint with the model that the picture was made with.
not-here = It is not in your library.
prompt = Prompt
with = Tagger
with-tip = The network that says in tags what is in the picture: WD14 or JoyTag.
built-in = Built-in (drawn scenes)
needed = A prompt needs a tagger: model.onnx with selected_tags.csv. Fetch one with `pentimento models get SmilingWolf/wd-vit-tagger-v3`, or choose its file. All else works without.
look = Look
    .tip = Let the tagger look at the picture.
looking = Looking…
threshold = Threshold
    .tip = How sure the tagger has to be of what goes into the prompt.
character = Threshold for names
    .tip = How sure it has to be of who is seen, which it mistakes more easily.
weighted = Weighted by score
    .tip = Write surer tags as (tag:1.15) and less sure ones as (tag:0.85).
text = Suggested prompt
text-hint = Click tags to put them here
foreign = This tagger does not know the world of this picture; its tags mean little. Choose another.
unsure = The tagger is not sure of anything; click tags, or lower the threshold.
append = Append
    .tip = Add these words to the prompt in the panel.
replace = Replace
    .tip = Put these words in the place of the prompt in the panel.
model = Model
ranking = Looking through your library…
use = Use
use-model-tip = Paint with this model.
in-use = in use
no-reason = Nothing speaks for it or against it.
size = Size
no-spec = The model is being read.
use-size-tip = Set area, size and padding in the panel so.
put-back = Put back
    .tip = Put recipe and model back to what they were before the last click here.

own-size = the picture's own size
recipe = { $count ->
    [one] A recipe of { $count } value.
   *[other] A recipe of { $count } values.
}
recipe-with-prompt = { $count ->
    [one] A recipe of { $count } value: { $prompt }
   *[other] A recipe of { $count } values: { $prompt }
}
made-with-hash = Made with { $model } (hash { $hash }).
made-with = Made with { $model }.
made-by-hash = Made with a model of hash { $hash }.
pixels = { $size } pixels.
use-model = Use { $model }
size-masked = Only the masked part, { $size }, padding { $padding }
size-whole = The whole picture, { $size }
no-caption = None
describe = Describe
    .tip = Let the captioner describe the picture.
describing = Describing…
caption = Description
caption-with = Captioner
    .tip = The network that describes the picture in sentences: Florence-2 as ONNX. `pentimento models get onnx-community/Florence-2-base-ft` fetches one.
