package sweep

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/settings"
)

// tables are the settings of the trainings and of the data.
func tables() settings.Lists {
	c, s := train.Defaults(), data.DefaultSelection()
	return settings.Lists{s.Settings(), c.Settings()}
}

func list(t *testing.T, s *Spec) []Trial {
	t.Helper()
	trials, err := s.List(tables())
	if err != nil {
		t.Fatal(err)
	}
	return trials
}

// The same Spec has the same trials; another seed has others; more trials begin with the same
// ones; and the values of a setting do not depend on the others.
func TestListIsRepeatable(t *testing.T) {
	const search = "\n[search]\nlr={from=0.001,to=1,log=true}\naugment=['none','light','strong']"
	first := list(t, parse(t, "trials=20\nseed=3"+search))
	if !reflect.DeepEqual(first, list(t, parse(t, "trials=20\nseed=3"+search))) {
		t.Error("the same Spec has other trials")
	}
	if longer := list(t, parse(t, "trials=30\nseed=3"+search)); !reflect.DeepEqual(longer[:20], first) {
		t.Error("with more trials the first ones change")
	}
	if other := list(t, parse(t, "trials=20\nseed=4"+search)); reflect.DeepEqual(other, first) {
		t.Error("another seed has the same trials")
	}
	for i, k := range list(t, parse(t, "trials=20\nseed=3"+search+"\nbatch={from=1,to=1000}")) {
		if k.Values["lr"] != first[i].Values["lr"] || k.Values["augment"] != first[i].Values["augment"] {
			t.Errorf("with another setting trial %d has %v, want %v", i+1, k.Values, first[i].Values)
		}
	}
	// A change of these values changes every sweep that was begun.
	if got, want := fmt.Sprint(first[0].Values, first[1].Values), "map[augment:strong lr:0.01101] map[augment:strong lr:0.05305]"; got != want {
		t.Errorf("the first trials are %s, want %s", got, want)
	}
}

// Random values are within their bounds, whole where the setting is, spread evenly over the
// logarithm with log, and no combination is there twice.
func TestRandomValues(t *testing.T) {
	s := parse(t, "trials=400\n[search]\nlr={from=0.001,to=1,log=true}\nbatch={from=16,to=19}\nmixup=[0,0.2]\nmomentum={from=0,to=0.9}")
	seen, low, batches := map[string]bool{}, 0, map[string]int{}
	for _, k := range list(t, s) {
		rate, err := strconv.ParseFloat(k.Values["lr"], 64)
		if err != nil || rate < 0.001 || rate > 1 {
			t.Errorf("lr %s", k.Values["lr"])
		}
		if rate < 0.0316 {
			low++
		}
		batches[k.Values["batch"]]++
		if key := fmt.Sprint(k.Values); seen[key] {
			t.Errorf("%s is there twice", key)
		} else {
			seen[key] = true
		}
	}
	if low < 160 || low > 240 {
		t.Errorf("%d of 400 rates are in the lower half of the logarithm", low)
	}
	if len(batches) != 4 || batches["16"] == 0 || batches["19"] == 0 {
		t.Errorf("the batches are %v, want 16 to 19", batches)
	}
	if _, err := parse(t, "trials=5\n[search]\nmixup=[0,0.2]\naugment=['none','light']").List(tables()); err == nil || !strings.Contains(err.Error(), "only 4 combinations") {
		t.Errorf("error %v", err)
	}
}

func TestGrid(t *testing.T) {
	var got []string
	for _, k := range list(t, parse(t, "method='grid'\n[search]\nlr={from=0.01,to=1,log=true,steps=3}\nbatch={from=1,to=2,steps=4}\naugment=['x']")) {
		got = append(got, fmt.Sprintf("%d:%s/%s", k.Number, k.Values["batch"], k.Values["lr"]))
	}
	if want := []string{"1:1/0.01", "2:1/0.1", "3:1/1", "4:2/0.01", "5:2/0.1", "6:2/1"}; !slices.Equal(got, want) {
		t.Errorf("the grid is %v, want %v", got, want)
	}
	big := parse(t, "method='grid'\n[search]\na={from=0,to=1,steps=1000}\nb={from=0,to=1,steps=1000}")
	if _, err := big.List(tables()); err == nil || !strings.Contains(err.Error(), "more than 100000 combinations") {
		t.Errorf("error %v", err)
	}
}

func TestRungs(t *testing.T) {
	for _, tc := range []struct {
		trials, keep, least, epochs int
		wantEpochs, wantCounts      []int
	}{
		{27, 3, 1, 9, []int{1, 3, 9}, []int{27, 9, 3}},
		{24, 3, 1, 9, []int{1, 3, 9}, []int{24, 8, 2}},
		{4, 3, 1, 30, []int{1, 3, 10, 30}, []int{4, 1, 1, 1}},
		{16, 2, 2, 8, []int{2, 4, 8}, []int{16, 8, 4}},
		{5, 2, 3, 8, []int{4, 8}, []int{5, 2}},
		{5, 4, 2, 3, []int{3}, []int{5}},
	} {
		s := &Spec{Method: Halving, Keep: tc.keep, MinEpochs: tc.least, Settings: map[string]string{"epochs": fmt.Sprint(tc.epochs)}}
		epochs, counts, err := s.rungs(tc.trials)
		if err != nil || !slices.Equal(epochs, tc.wantEpochs) || !slices.Equal(counts, tc.wantCounts) {
			t.Errorf("%+v: %v epochs for %v trials, %v", tc, epochs, counts, err)
		}
	}
	for epochs, want := range map[string]string{"": "needs epochs", "x": "needs epochs", "2": "want more than the min-epochs"} {
		s := &Spec{Method: Halving, Keep: 2, MinEpochs: 2, Settings: map[string]string{"epochs": epochs}}
		if _, _, err := s.rungs(3); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("epochs %q: error %v, want %q", epochs, err, want)
		}
	}
}

// The shares of a sweep have each run once.
func TestSharesPartition(t *testing.T) {
	s := parse(t, "trials=7\nfolds=3\n[search]\nlr={from=0.001,to=1}")
	all := s.tasks(list(t, s), 0)
	for of := 1; of <= 25; of++ {
		count := map[string]int{}
		for part := 1; part <= of; part++ {
			own := (&Sweep{share: Share{part, of}}).own(all, 0)
			if n := len(own); n < 21/of || n > (21+of-1)/of {
				t.Errorf("share %d/%d has %d of 21 runs", part, of, n)
			}
			for _, k := range own {
				count[k.name()]++
			}
		}
		for _, k := range all {
			if count[k.name()] != 1 {
				t.Errorf("with %d shares %s is in %d of them", of, k.name(), count[k.name()])
			}
		}
	}
}

func TestShareOfJob(t *testing.T) {
	for _, tc := range []struct{ env, want string }{
		{"", "1/1"},
		{"SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=1", "4/8"},
		{"SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=1", "8/8"},
		{"SLURM_ARRAY_TASK_ID=10 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_STEP=4", "3/3"},
		{"SLURM_ARRAY_TASK_ID=17 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1", "give the share with -part"},
		{"SLURM_ARRAY_TASK_ID=3", `SLURM_ARRAY_TASK_COUNT is ""`},
		{"SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=8", `SLURM_ARRAY_TASK_ID is "x"`},
		{"JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=4", "1/4"},
		{"JOB_COMPLETION_INDEX=3 JOB_COMPLETIONS=4", "4/4"},
		{"JOB_COMPLETION_INDEX=4 JOB_COMPLETIONS=4", "want an index below the completions"},
		{"JOB_COMPLETION_INDEX=0", "set it to the completions of the Job"},
	} {
		env := map[string]string{}
		for _, pair := range strings.Fields(tc.env) {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
		s, err := ShareOfJob(func(name string) string { return env[name] })
		got := s.String()
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != tc.want || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s, want %s", tc.env, got, tc.want)
		}
	}
	if s, err := ParseShare("2/8"); err != nil || s != (Share{2, 8}) {
		t.Errorf("2/8 is %v, %v", s, err)
	}
	for _, text := range []string{"", "2", "0/8", "9/8", "2/8x", "-1/2", "1/100001"} {
		if s, err := ParseShare(text); err == nil {
			t.Errorf("%q is read as %v", text, s)
		}
	}
}

func TestArguments(t *testing.T) {
	s := parse(t, "trials=1\n[settings]\nlr-mult = \"conv1*=0.1,it's=2\"\noffline=true\ndataset=''\n[search]\nlr=[0.5]")
	args := s.taskArguments(s.tasks(list(t, s), 4)[0], "out dir", tables())
	want := `-dataset '' -offline=true -epochs 4 -lr 0.5 -lr-mult 'conv1*=0.1,it'\''s=2' -test=false -report=false -out 'out dir/trial-001-epochs-4'`
	if got := commandLine(args); got != want {
		t.Errorf("the command line is %s, want %s", got, want)
	}
}

func TestScores(t *testing.T) {
	a := &Score{Images: 10, Wrong: []int{1, 9}, Loss: 1, Set: "a", Seconds: 2}
	a.add(&Score{Images: 30, Wrong: []int{0, 29}, Loss: 2, Set: "b", Seconds: 3})
	if want := (&Score{Images: 40, Wrong: []int{1, 9, 10, 39}, Loss: 1.75, Set: "ab", Seconds: 5}); !reflect.DeepEqual(a, want) {
		t.Errorf("the sum is %+v, want %+v", a, want)
	}
	if a.Accuracy() != 0.9 {
		t.Errorf("the accuracy is %v, want 0.9", a.Accuracy())
	}
	order := []*Score{
		{Images: 10, Wrong: []int{1}, Loss: 3}, {Images: 10, Wrong: []int{1, 2}, Loss: 1},
		{Images: 10, Wrong: []int{1, 2}, Loss: 2}, {Diverged: "it diverged"},
	}
	for i, x := range order {
		for j, y := range order {
			if x.better(y) != (i < j) {
				t.Errorf("score %d better than %d: %v", i, j, x.better(y))
			}
		}
	}
}
