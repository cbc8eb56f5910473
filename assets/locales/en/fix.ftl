title = Fix hands
subject = Find
subject-tip = What is looked for in the picture.
find = Find again
find-tip = Look through the picture again; tries that were not kept are put away.
finding = Looking for them…
with = With
with-tip = What finds them: the built-in detector, or a YOLO of yours as ONNX (hand_yolov8n.onnx).
built-in = Built-in detector
tries = Tries
tries-tip = How often each is repainted; the seed counts up.
around = Surroundings
around-tip = How much of the picture the model sees: so many times the longer side of what was found.
repaint = Repaint all
repaint-tip = Repaint each that is ticked as often as said, by the recipe of the panel (Enter).
more = More tries
more-tip = Repaint this one again, with the next seeds.
stop = Stop
stop-tip = Send away the tries that wait.
keep = Keep picks
keep-tip = Put each try that is picked into the picture; each is one step to undo (Enter).
add = Add what is masked
add-tip = Add what the mask covers to the list, for what the detector missed.
use-mask = Use the mask
use-mask-tip = Take what the mask covers for this one's mask.
edit-mask = Edit mask
edit-mask-tip = Put this one's mask into the picture's mask, to paint on it; then “Use the mask”.
original = Original
prompt-hint = as in the panel
prompt-tip = What should be here, where it is not what the panel says; [PROMPT] stands for that, [SKIP] alone leaves this one as it is.
strength = Strength
strength-tip = Denoising strength for this one; at first as in the panel.
keys = 1–9 pick a try, 0 keeps the original, Tab goes on to the next, Space shows it large.
large-keys = Drag the line; 1–9, 0 and Tab as before.
large = Original and pick
back = All
back-tip = Show all of them again (Space).
by-hint = Likely ones first
by-hint-tip = Once all tries of one are there, those that the detector takes most for a hand come first. A hint, no verdict: it takes six fingers for a hand.
hint-tip = how much the detector takes it for what it looks for; six fingers are a hand to it
side-tip = How large the pictures are.
handle-tip = Drag to another place: the order in which they are repainted.
told-tip = Find and repaint as ADetailer did in the picture whose recipe is in the panel: its confidence, masks, prompts, strength and blur.
nothing = Nothing was found. Paint over it with the mask brush, and press “Add what is masked”; or choose another detector.
changed = The picture has changed since: find again.
closed = Open Fix hands first.
result-selected = A result of the strip is selected: Enter keeps it.
no-mask = Nothing is masked.
no-model = Choose a model first.
none-ticked = Nothing is ticked.
none-picked = No try is picked.
no-picture = Open a picture first.

hands = hands
faces = faces
people = people
hand = hand
face = face
person = person
by-detector = score { $score }, { $width } × { $height }
by-hand = by hand, { $width } × { $height }
a-try = Try { $number }
handle = Move { $number }
told = As in the picture ({ $model })
hinted = hint { $hint }
skipped = left as they are, as their prompts say [SKIP]: { $count }
cell = { $what }, row { $number }
in-picture = { $count ->
    [one] { $count } try is in the picture; undo takes it back.
   *[other] { $count } tries are in the picture; undo takes them back one by one.
}
stopped = { $count ->
    [one] { $count } try that was still to come was stopped.
   *[other] { $count } tries that were still to come were stopped.
}
progress = { $done } of { $all } tries
