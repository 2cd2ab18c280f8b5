# Without gnuplot the run is no worse: no figures, and the package to install is named.
directory=$(dirname "$(command -v headroom)")
(PATH=$directory && headroom run scenarios/small.json >verdict 2>messages)
echo "exit $?"
grep -o 'gnuplot-nox' verdict
ls out/small | grep -v '^figures$'
