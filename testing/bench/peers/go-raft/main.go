// Command go-raft drives go.etcd.io/raft as testing/bench/raft/cluster.ts drives @streambus/raft: the same cluster in
// memory, the same order of work. It prints one JSON document.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/raft/v3"
	pb "go.etcd.io/raft/v3/raftpb"
)

const (
	entryBytes     = 128
	keptEntries    = 1000
	compactEntries = 20000
)

type node struct {
	raw     *raft.RawNode
	storage *raft.MemoryStorage
	applied uint64
}

type cluster struct {
	nodes    []*node
	inFlight []pb.Message
	steps    int
}

type row struct {
	Nodes             int     `json:"nodes"`
	Batch             int     `json:"batch"`
	EntriesPerSecond  float64 `json:"entriesPerSecond"`
	NsPerStep         float64 `json:"nsPerStep"`
	AllocatedPerEntry float64 `json:"allocatedBytesPerEntry"`
}

type codecRow struct {
	Name     string  `json:"name"`
	EncodeNs float64 `json:"encodeNs"`
	DecodeNs float64 `json:"decodeNs"`
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func newCluster(size int) *cluster {
	var voters []uint64
	for id := 1; id <= size; id++ {
		voters = append(voters, uint64(id))
	}
	c := &cluster{}
	for _, id := range voters {
		storage := raft.NewMemoryStorage()
		check(storage.ApplySnapshot(pb.Snapshot{Metadata: pb.SnapshotMetadata{
			Index: 1, Term: 1, ConfState: pb.ConfState{Voters: voters},
		}}))
		raw, err := raft.NewRawNode(&raft.Config{
			ID: id, ElectionTick: 10, HeartbeatTick: 1, Storage: storage, Applied: 1,
			MaxSizePerMsg: 1 << 20, MaxInflightMsgs: 256, CheckQuorum: true, PreVote: true,
			Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
		})
		check(err)
		c.nodes = append(c.nodes, &node{raw: raw, storage: storage, applied: 1})
	}
	check(c.nodes[0].raw.Campaign())
	c.settle()
	return c
}

func (c *cluster) work(n *node) bool {
	if !n.raw.HasReady() {
		return false
	}
	ready := n.raw.Ready()
	check(n.storage.Append(ready.Entries))
	if !raft.IsEmptyHardState(ready.HardState) {
		check(n.storage.SetHardState(ready.HardState))
	}
	c.inFlight = append(c.inFlight, ready.Messages...)
	if count := len(ready.CommittedEntries); count > 0 {
		n.applied = ready.CommittedEntries[count-1].Index
	}
	n.raw.Advance(ready)
	first, err := n.storage.FirstIndex()
	check(err)
	if n.applied > first+compactEntries {
		check(n.storage.Compact(n.applied - keptEntries))
	}
	return true
}

func (c *cluster) settle() {
	for busy := true; busy; {
		busy = false
		for _, n := range c.nodes {
			for c.work(n) {
				busy = true
			}
		}
		messages := c.inFlight
		c.inFlight = nil
		for _, message := range messages {
			busy = true
			c.steps++
			check(c.nodes[message.To-1].raw.Step(message))
		}
	}
}

func (c *cluster) propose(batch int) {
	entries := make([]pb.Entry, batch)
	for at := range entries {
		entries[at].Data = payload
	}
	c.steps++
	check(c.nodes[0].raw.Step(pb.Message{Type: pb.MsgProp, From: 1, Entries: entries}))
	c.settle()
}

var payload = make([]byte, entryBytes)

func measure(size, batch int, duration time.Duration) row {
	c := newCluster(size)
	spend(duration/2, func() { c.propose(batch) })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	from, steps := c.nodes[0].applied, c.steps
	elapsed := spend(duration, func() { c.propose(batch) })
	runtime.ReadMemStats(&after)
	entries := float64(c.nodes[0].applied - from)
	return row{
		Nodes: size, Batch: batch,
		EntriesPerSecond:  entries / elapsed.Seconds(),
		NsPerStep:         float64(elapsed.Nanoseconds()) / float64(c.steps-steps),
		AllocatedPerEntry: float64(after.TotalAlloc-before.TotalAlloc) / entries,
	}
}

// processorTime is what the whole process has used, collecting garbage included.
func processorTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// spend repeats for that long on the processor, and returns what it took. The clock is looked at ever less often.
func spend(duration time.Duration, action func()) time.Duration {
	started := processorTime()
	calls := 1
	for last := time.Duration(0); ; {
		for call := 0; call < calls; call++ {
			action()
		}
		spent := processorTime() - started
		if spent >= duration {
			return spent
		}
		if spent-last < 2*time.Millisecond {
			calls *= 2
		}
		last = spent
	}
}

func nsPer(duration time.Duration, action func()) float64 {
	count := 0
	spent := spend(duration, func() {
		for round := 0; round < 100; round++ {
			action()
		}
		count += 100
	})
	return float64(spent.Nanoseconds()) / float64(count)
}

func codec(name string, message pb.Message, duration time.Duration) codecRow {
	bytes, err := message.Marshal()
	check(err)
	encode := func() { _, err := message.Marshal(); check(err) }
	decode := func() { var decoded pb.Message; check(decoded.Unmarshal(bytes)) }
	nsPer(duration/2, encode)
	nsPer(duration/2, decode)
	return codecRow{Name: name, EncodeNs: nsPer(duration, encode), DecodeNs: nsPer(duration, decode)}
}

func appendOf(count int) pb.Message {
	entries := make([]pb.Entry, count)
	for at := range entries {
		entries[at] = pb.Entry{Term: 3, Index: uint64(1001 + at), Data: payload}
	}
	return pb.Message{Type: pb.MsgApp, To: 2, From: 1, Term: 3, LogTerm: 3, Index: 1000, Commit: 990, Entries: entries}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go-raft MILLISECONDS")
		os.Exit(2)
	}
	milliseconds, err := strconv.Atoi(os.Args[1])
	check(err)
	duration := time.Duration(milliseconds) * time.Millisecond
	rows := []row{}
	for _, size := range []int{1, 3, 5} {
		for _, batch := range []int{1, 16, 256} {
			rows = append(rows, measure(size, batch, duration))
		}
	}
	codecs := []codecRow{
		codec("heartbeat", pb.Message{Type: pb.MsgHeartbeat, To: 2, From: 1, Term: 3, Commit: 990}, duration),
		codec("append, 1 entry", appendOf(1), duration),
		codec("append, 16 entries", appendOf(16), duration),
		codec("append, 256 entries", appendOf(256), duration),
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{"runtime": runtime.Version(), "rows": rows, "codecs": codecs}))
}
