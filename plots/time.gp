# time.gp: what the figures along the run share — two panels, the time axis, faults. Loaded after style.gp.

fault_color = '#F6D2B8'
recovery_color = '#FBF0CF'
fault_ink = '#8A4A1C'

# Two panels, below as many rows of labels as the faults need.
pixel = 1.0 / height
top = 1 - (68 + 25.6 * fault_rows) * pixel
middle = (top + bottom) / 2.0
gap = 0.028

set xrange [x_min:x_max]

# An objective's line has the colour of the output it is about, or ink if that is not drawn; dashes tell several apart.
target_color(line) = line > 0 ? color(line) : ink
target_dash(i) = 2 + (int(i) - 1) % 4

# Shades behind the data; a solid line where the fault begins.
do for [i = 1:fault_n] {
    set object (2 * i) rectangle from first fault_from[i], graph 0 to first fault_recovered[i], graph 1 \
        behind fillcolor rgb recovery_color fillstyle solid noborder
    set object (2 * i + 1) rectangle from first fault_from[i], graph 0 to first fault_until[i], graph 1 \
        behind fillcolor rgb fault_color fillstyle solid noborder
    set arrow (1000 + i) from first fault_from[i], graph 0 to first fault_from[i], graph 1 \
        nohead back linecolor rgb fault_ink linewidth 1.2
}
