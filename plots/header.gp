# header.gp: what stands above the upper panel — the title, and the faults by name, each over where it begins.
# Loaded by each figure's script after `set multiplot`. Lower panels `unset label` and `unset arrow (4000 + i)`.

set label 1 title at screen left, 1 - 25.6 * pixel left noenhanced textcolor rgb ink font ',15'
do for [i = 1:fault_n] {
    if (fault_row[i] >= 0) {
        label_y = top + (16 + 25.6 * fault_row[i]) * pixel
        if (fault_left[i] > 0) {
            set label (10 + i) fault_name[i] at first fault_from[i], screen label_y right offset -0.6, 0 \
                noenhanced textcolor rgb fault_ink
        } else {
            set label (10 + i) fault_name[i] at first fault_from[i], screen label_y left offset 0.6, 0 \
                noenhanced textcolor rgb fault_ink
        }
        set arrow (4000 + i) from first fault_from[i], graph 1 to first fault_from[i], screen (label_y + 6.4 * pixel) \
            nohead linecolor rgb fault_ink linewidth 0.8
    }
}
if (fault_unlabelled > 0) {
    set label 2 sprintf('and %d more faults', int(fault_unlabelled)) at screen right, 1 - 25.6 * pixel right \
        textcolor rgb fault_ink
}

# The upper panel has the lower one's ticks, without their labels.
set tmargin at screen top
set bmargin at screen middle + gap
set key at screen right + 0.012, screen top left top
set xtics ()
do for [i = 1:int(x_ticks)] { set xtics add ('' x_tick[i]) }
