package digits

// skeletons holds, for each digit, the styles in which it is written. A page is about
// 100 high and 70 wide; see write for the notation.
var skeletons = [Classes][]style{
	zero, one, two, three, four, five, six, seven, eight, nine,
}
