# terminal.gp: the terminal for `ending`, svg or png. Names are data: text is never enhanced.

if (ending eq 'svg') {
    set terminal svg size width, height font 'DejaVu Sans,13' noenhanced background rgb '#ffffff'
} else {
    if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
        set terminal pngcairo size width, height font 'DejaVu Sans,10' noenhanced background rgb '#ffffff'
    } else {
        set terminal png size width, height noenhanced
    }
}
