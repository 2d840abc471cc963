package simd

// VectorCopy is the geometry of a copy between runs of Count values and whole vectors, in Rows
// rows of N runs or vectors.
type VectorCopy struct {
	Lanes                 int // values in a vector, [Lanes] or [HalfLanes]; 0 means [Lanes]
	Rows, N, Count        int
	RowRun, StepRun       int // distance between rows of runs and between runs
	RowVector, StepVector int // distance between rows of vectors and between vectors
}

// check returns the kernels for the vectors, and an error unless the operands are long enough.
func (p *VectorCopy) check(kernel string, runs, vectors []float32) (*asm, error) {
	l := p.lanes()
	set, err := vectorsOf(l)
	return set, firstError(err,
		checkSizes(kernel, p.Rows, p.N, p.Count, l-p.Count+1),
		checkStrides(kernel, p.RowRun, p.StepRun, p.RowVector, p.StepVector),
		checkAtLeast(kernel, "runs", len(runs), span(p.Rows, p.RowRun, span(p.N, p.StepRun, p.Count))),
		checkAtLeast(kernel, "vectors", len(vectors), span(p.Rows, p.RowVector, span(p.N, p.StepVector, l))),
	)
}

func (p *VectorCopy) lanes() int {
	if p.Lanes > 0 {
		return p.Lanes
	}
	return Lanes()
}

// Pack copies the runs into vectors and clears the other lanes.
func (p *VectorCopy) Pack(vectors, runs []float32) error {
	set, err := p.check("pack", runs, vectors)
	if err != nil {
		return err
	}
	if set.pack != nil {
		set.pack(p.Rows, p.N, &vectors[0], p.RowVector, p.StepVector, &runs[0], p.RowRun, p.StepRun, p.Count)
		return nil
	}
	for i := range p.Rows * p.N {
		v := vectors[i/p.N*p.RowVector+i%p.N*p.StepVector:][:p.lanes()]
		clear(v[copy(v, runs[i/p.N*p.RowRun+i%p.N*p.StepRun:][:p.Count]):])
	}
	return nil
}

// Unpack copies the first Count values of the vectors to the runs.
func (p *VectorCopy) Unpack(runs, vectors []float32) error {
	set, err := p.check("unpack", runs, vectors)
	if err != nil {
		return err
	}
	if set.unpack != nil {
		set.unpack(p.Rows, p.N, &runs[0], p.RowRun, p.StepRun, &vectors[0], p.RowVector, p.StepVector, p.Count)
		return nil
	}
	for i := range p.Rows * p.N {
		copy(runs[i/p.N*p.RowRun+i%p.N*p.StepRun:][:p.Count], vectors[i/p.N*p.RowVector+i%p.N*p.StepVector:])
	}
	return nil
}

// Prefetch brings p into the second-level cache if the path has an instruction for that.
func Prefetch(p []float32) {
	if active.prefetch != nil && len(p) > 0 {
		active.prefetch((len(p)+15)/16, &p[0]) // a line beyond the end does no harm: it is a hint
	}
}

// Transpose writes the transpose of the rows by cols matrix src, whose rows are
// srcRow apart, to dst, whose rows are dstRow apart.
func Transpose(dst []float32, dstRow int, src []float32, srcRow, rows, cols int) error {
	if err := firstError(
		checkSizes("transpose", rows, cols),
		checkStrides("transpose", dstRow, srcRow),
		checkAtLeast("transpose", "dst", len(dst), span(cols, dstRow, rows)),
		checkAtLeast("transpose", "src", len(src), span(rows, srcRow, cols)),
	); err != nil {
		return err
	}
	r8, c8 := 0, 0
	if active.transpose != nil {
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
