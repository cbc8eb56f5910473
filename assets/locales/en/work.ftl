pictures-and-projects = Pictures and projects
project = Pentimento project (OpenRaster)
saved-already = The project is as it is in its file.
foreign = Another program wrote it: its layers are opened as one picture, and saving asks for a new file.
nothing-to-recover = No session ended unexpectedly.
title = Unsaved work was found
body-one = A session ended unexpectedly. Its work is still there:
body-many = Sessions ended unexpectedly. Their work is still there, newest first:
recover = Recover
recover-tooltip = Open this work as it was at the last step.
throw-away = Throw away
throw-away-tooltip = Delete this work; you are asked once more.
throw-away-truly = Delete it for good
throw-away-truly-tooltip = Delete this work; nothing brings it back.
keep = Keep it
keep-tooltip = Leave this work where it is.
later = Later
later-tooltip = Keep all of it: File, Recover work shows it again, and so does the next start.
untitled = Untitled
no-state-folder = Unsaved work would not survive a crash in this session: the system names no folder for it; set HOME.

unknown-modes = { $name } has blend modes that are not known here and were taken as normal ({ $modes }); export it as PNG where it was made to have it as it looks there.
damaged = { $name } is damaged. Lost: { $lost }. The rest was read; save it to another file.
results-lost = { $count ->
    [one] One result of { $name } does not fit the memory for results or its picture.
   *[other] { $count } results of { $name } do not fit the memory for results or their picture.
}
recovered = Recovered { $name }; it is not saved yet.
recovered-torn = Recovered { $name } but for the very last step, which was cut short; it is not saved yet.
of-size = { $size } pixels, { $since }
just-now = a moment ago
minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
recovering = Recovering { $name }…
