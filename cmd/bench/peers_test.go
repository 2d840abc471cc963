package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"inkstone/cmd/bench/peers"
)

// twoRounds is a comparison in which Inkstone trains 3000 and 2000 images/s, and PyTorch 1000.
func twoRounds(threads int, scale float64) comparison {
	round := func(train, floor float64) peerRound {
		return peerRound{
			Inkstone: network{
				TrainImagesPerSecond: train * scale, TrainShareOfFloor: floor, ForwardImagesPerSecond: 8000, ForwardOneSeconds: 0.001,
			},
			Peers: map[string]*peers.Figures{
				"PyTorch":      {TrainImagesPerSecond: 1000, ForwardImagesPerSecond: 4000, ForwardOneSeconds: 0.002},
				"ONNX Runtime": {ForwardImagesPerSecond: 10000, ForwardOneSeconds: 0.0005},
			},
		}
	}
	return comparison{Model: "cnn", Threads: threads, Rounds: []peerRound{round(3000, 0.9), round(2000, 0.6)}}
}

func TestRatios(t *testing.T) {
	c := twoRounds(1, 1)
	for i, want := range []struct {
		own  []float64
		peer map[string][]float64
	}{
		{[]float64{3000, 2000}, map[string][]float64{"PyTorch": {3, 2}, "ONNX Runtime": nil}},
		{[]float64{8000, 8000}, map[string][]float64{"PyTorch": {2, 2}, "ONNX Runtime": {0.8, 0.8}}},
		{[]float64{1000, 1000}, map[string][]float64{"PyTorch": {2, 2}, "ONNX Runtime": {0.5, 0.5}}},
	} {
		q := quantities()[i]
		own := q.speeds(&c)
		if !reflect.DeepEqual(own, want.own) {
			t.Errorf("%s: speeds %v, want %v", q.name, own, want.own)
		}
		for name, w := range want.peer {
			if got := ratios(own, q.peerSpeeds(&c, name)); !reflect.DeepEqual(got, w) {
				t.Errorf("%s: ratios to %s %v, want %v", q.name, name, got, w)
			}
		}
	}
}

func TestPeerTables(t *testing.T) {
	r := &peerReport{
		Peers: []*peers.Peer{
			{Name: "PyTorch", Version: "1.13", Trains: true, Warning: "slow products"},
			{Name: "ONNX Runtime", Version: "1.30"},
		},
		Comparisons: []comparison{twoRounds(1, 1), twoRounds(2, 1.5)},
	}
	want := []string{
		"Training, images/s",
		"threads Inkstone of floor over one thread PyTorch ratio",
		"cnn 1 3000, 2000 60 % - 1000, 1000 2.00x (3.00, 2.00)",
		"cnn 2 4500, 3000 60 % 1.50x (1.50, 1.50) 1000, 1000 3.00x (4.50, 3.00)",
		"threads Inkstone PyTorch ratio ONNX Runtime ratio",
		"cnn 1 8000, 8000 4000, 4000 2.00x (2.00, 2.00) 10000, 10000 0.80x (0.80, 0.80)",
		"cnn 1 1.00 ms, 1.00 ms 2.00 ms, 2.00 ms 2.00x (2.00, 2.00) 500.0 µs, 500.0 µs 0.50x (0.50, 0.50)",
		"PyTorch 1.13", "PyTorch: slow products",
	}
	checkLines(t, r, want)

	// A peer that is missing has columns with dashes and a reason.
	r.Peers[0] = &peers.Peer{Name: "PyTorch", Trains: true, Missing: "python3: no torch"}
	for _, c := range r.Comparisons {
		for _, round := range c.Rounds {
			delete(round.Peers, "PyTorch")
		}
	}
	checkLines(t, r, []string{"cnn 1 3000, 2000 60 % - - -", "PyTorch was not measured: python3: no torch",
		"cnn 1 8000, 8000 - - 10000, 10000 0.80x (0.80, 0.80)"})
}

// checkLines checks that the tables have some lines, spaces aside.
func checkLines(t *testing.T, r *peerReport, want []string) {
	t.Helper()
	lines := map[string]bool{}
	for line := range strings.Lines(r.String()) {
		lines[strings.Join(strings.Fields(line), " ")] = true
	}
	for _, w := range want {
		if !lines[w] {
			t.Errorf("no line %q in\n%s", w, r)
		}
	}
}

// Without the programs the command measures Inkstone alone, and says why.
func TestWithoutPeers(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("PATH", temporary)
	t.Setenv("TMPDIR", temporary)
	args := []string{"-peers", "-python", "no-python", "-model", "tiny", "-batch", "2", "-threads", "1", "-seconds", "0.001"}
	out := output(t, args...)
	for _, want := range []string{"PyTorch was not measured: ", "no-python", "ONNX Runtime was not measured: ", `"node"`, "\n  tiny"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	var r report
	if err := json.Unmarshal([]byte(output(t, append(args, "-json")...)), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Networks) != 1 || r.Model != "tiny" || len(r.Peers.Comparisons) != 1 || len(r.Peers.Comparisons[0].Rounds) != peerRounds {
		t.Errorf("the JSON object has the networks %+v and the comparisons %+v", r.Networks, r.Peers.Comparisons)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, error %v", left, err)
	}
}
