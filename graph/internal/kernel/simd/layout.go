package simd

// Lanewise is the geometry of a copy between runs of Count values and whole vectors of
// [Lanes] values: Rows rows of N runs each.
type Lanewise struct {
	Rows, N, Count    int
	RowRun, StepRun   int // between rows and between neighbouring runs
	RowVector, Vector int // between rows and between neighbouring vectors
}

func (p *Lanewise) check(kernel string, runs, vectors []float32) error {
	l := Lanes()
	return first(
		positive(kernel, p.Rows, p.N, p.Count, l-p.Count+1),
		strides(kernel, p.RowRun, p.StepRun, p.RowVector, p.Vector),
		need(kernel, "runs", len(runs), span(p.Rows, p.RowRun, span(p.N, p.StepRun, p.Count))),
		need(kernel, "vectors", len(vectors), span(p.Rows, p.RowVector, span(p.N, p.Vector, l))),
	)
}

// Pack copies the runs into vectors, whose other lanes it clears.
func (p *Lanewise) Pack(vectors, runs []float32) error {
	if err := p.check("pack", runs, vectors); err != nil {
		return err
	}
	if active.pack != nil {
		active.pack(p.Rows, p.N, &vectors[0], p.RowVector, p.Vector, &runs[0], p.RowRun, p.StepRun, p.Count)
		return nil
	}
	for i := range p.Rows * p.N {
		v := vectors[i/p.N*p.RowVector+i%p.N*p.Vector:][:Lanes()]
		clear(v[copy(v, runs[i/p.N*p.RowRun+i%p.N*p.StepRun:][:p.Count]):])
	}
	return nil
}

// Unpack copies the first Count values of the vectors to the runs.
func (p *Lanewise) Unpack(runs, vectors []float32) error {
	if err := p.check("unpack", runs, vectors); err != nil {
		return err
	}
	if active.unpack != nil {
		active.unpack(p.Rows, p.N, &runs[0], p.RowRun, p.StepRun, &vectors[0], p.RowVector, p.Vector, p.Count)
		return nil
	}
	for i := range p.Rows * p.N {
		copy(runs[i/p.N*p.RowRun+i%p.N*p.StepRun:][:p.Count], vectors[i/p.N*p.RowVector+i%p.N*p.Vector:])
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
