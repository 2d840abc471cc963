package simd

// Pack copies n runs of c values, srcStep apart, into vectors dstStep apart. A vector
// has [Lanes] values, of which c are taken and the others cleared.
func Pack(dst []float32, dstStep int, src []float32, srcStep, n, c int) error {
	l := Lanes()
	if err := first(
		positive("pack", n, c, l-c+1),
		strides("pack", dstStep, srcStep),
		need("pack", "dst", len(dst), span(n, dstStep, l)),
		need("pack", "src", len(src), span(n, srcStep, c)),
	); err != nil {
		return err
	}
	if active.asm != nil {
		active.pack(n, &dst[0], dstStep, &src[0], srcStep, c)
		return nil
	}
	for i := range n {
		v := dst[i*dstStep:][:l]
		clear(v[copy(v, src[i*srcStep:][:c]):])
	}
	return nil
}

// Unpack is the reverse of [Pack]: it copies the first c values of n vectors, srcStep
// apart, to runs dstStep apart.
func Unpack(dst []float32, dstStep int, src []float32, srcStep, n, c int) error {
	l := Lanes()
	if err := first(
		positive("unpack", n, c, l-c+1),
		strides("unpack", dstStep, srcStep),
		need("unpack", "dst", len(dst), span(n, dstStep, c)),
		need("unpack", "src", len(src), span(n, srcStep, l)),
	); err != nil {
		return err
	}
	if active.asm != nil {
		active.unpack(n, &dst[0], dstStep, &src[0], srcStep, c)
		return nil
	}
	for i := range n {
		copy(dst[i*dstStep:][:c], src[i*srcStep:])
	}
	return nil
}

// Transpose writes the transpose of the rows by cols matrix src, whose rows are
// srcRow apart, to dst, whose rows are dstRow apart.
func Transpose(dst []float32, dstRow int, src []float32, srcRow, rows, cols int) error {
	if err := first(
		positive("transpose", rows, cols),
		strides("transpose", dstRow, srcRow),
		need("transpose", "dst", len(dst), span(cols, dstRow, rows)),
		need("transpose", "src", len(src), span(rows, srcRow, cols)),
	); err != nil {
		return err
	}
	r8, c8 := 0, 0
	if active.asm != nil {
		r8, c8 = rows&^7, cols&^7
		if r8 > 0 {
			for c := 0; c < c8; c += 8 {
				active.transpose(r8/8, &dst[c*dstRow], dstRow, 8, &src[c], srcRow, 8*srcRow)
			}
		}
	}
	for r := range rows {
		from := 0
		if r < r8 {
			from = c8
		}
		for c := from; c < cols; c++ {
			dst[c*dstRow+r] = src[r*srcRow+c]
		}
	}
	return nil
}
