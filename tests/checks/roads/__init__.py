"""Roads round an exercise: answers that hand the work over to something that does it already.

The modules named after notebooks hold, in a class for each exercise, what libraries have for it,
under the exercise's arguments. `vehicles` multiplies these. A road counts where it gives the right
values without a guard; then the guard must refuse it by name.
"""
