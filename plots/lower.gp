# lower.gp: from the upper panel to the lower one, which carries the time axis.

unset label
do for [i = 1:fault_n] {
    if (fault_row[i] >= 0) { unset arrow (4000 + i) }
}
set tmargin at screen middle - gap
set bmargin at screen bottom
set key at screen right + 0.012, screen middle - gap left top
set xtics ()
do for [i = 1:int(x_ticks)] { set xtics add (x_label[i] x_tick[i]) }
set xlabel 'time of day' textcolor rgb ink
