package digits

// skeletons holds the styles of each digit. A page is about 100 units high and 70 wide. See
// [newPose] for the notation.
var skeletons = [classes][]style{
	zero, one, two, three, four, five, six, seven, eight, nine,
}
