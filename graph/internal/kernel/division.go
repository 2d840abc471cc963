package kernel

const (
	// shortWork is the number of multiply-adds of a convolution below which its bands are for
	// [Workers.RunShort].
	shortWork = 1 << 24
	// longBand is the number of multiply-adds in each of more bands than workers.
	longBand = 1 << 22
)

// bandWork is the number of multiply-adds in the smallest band of an image. It is a variable for
// the tests.
var bandWork = 1 << 18

// division is how the forward pass of a convolution divides a batch into shards. A shard is a
// range of images. If there are fewer images than workers and the convolution is large, each image
// is divided into bands of rows, and a shard is a band. Each element of the output is the same sum
// in every division. So its bits do not depend on the division, which may depend on the number of
// workers.
type division struct {
	images int
	bands  int  // of an image, 1 if it is not divided
	short  bool // the bands are little work
	rows   int  // of an image of the output
	unit   int  // rows that stay together
}

func newDivision(s ConvShape, rows, unit int, w *Workers) division {
	d := division{images: s.N, bands: 1, rows: rows, unit: unit}
	if workers := min(w.N(), maxShards); s.N < workers {
		work := int(s.FLOPs() / 2 / int64(s.N))
		bands := max(ceilDiv(workers, s.N), min(work/longBand, maxShards/s.N))
		d.bands = max(1, min(bands, ceilDiv(rows, unit), work/bandWork))
		d.short = s.N*work < shortWork
	}
	return d
}

// count returns the number of shards.
func (d *division) count() int { return min(d.images, maxShards) * d.bands }

// run calls f for each shard.
func (d *division) run(w *Workers, f func(shard int)) {
	if d.short {
		w.RunShort(d.count(), f)
		return
	}
	w.Run(d.count(), f)
}

// shard returns the images of a shard, from first up to but not including end, and the rows of
// each that it computes, from up to but not including to.
func (d *division) shard(i int) (first, end, from, to int) {
	first, end = shardRange(d.images, min(d.images, maxShards), i/d.bands)
	lo, hi := shardRange(ceilDiv(d.rows, d.unit), d.bands, i%d.bands)
	return first, end, lo * d.unit, min(hi*d.unit, d.rows)
}
