package server

import (
	"fmt"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// meter counts what the server does.
type meter struct {
	set     *metrics.Set
	seconds *metrics.PrometheusHistogram // to answer a request to read pictures
	batches *metrics.PrometheusHistogram // images of an evaluation
	images  *metrics.Counter
}

func newMeter(inFlight func() int) *meter {
	set := metrics.NewSet()
	set.NewGauge("inkstone_predictions_in_flight", func() float64 { return float64(inFlight()) })
	return &meter{
		set:     set,
		seconds: set.NewPrometheusHistogramExt("inkstone_predict_seconds", []float64{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 10}),
		batches: set.NewPrometheusHistogramExt("inkstone_batch_images", []float64{1, 4, 16, 64}),
		images:  set.NewCounter("inkstone_images_total"),
	}
}

// evaluated counts an evaluation.
func (m *meter) evaluated(images int) {
	m.batches.Update(float64(images))
	m.images.Add(images)
}

// count counts the requests of a route by their status.
func (m *meter) count(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		if route == predictPath {
			m.seconds.UpdateDuration(start)
		}
		m.set.GetOrCreateCounter(fmt.Sprintf(`inkstone_requests_total{route=%q,status="%d"}`, route, rec.status)).Inc()
	})
}

// write answers GET /metrics in the text format of Prometheus.
func (m *meter) write(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap gives [http.MaxBytesReader] and others the writer of the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
