"""What trainers call after updates: reports, snapshots, evaluations, schedules."""
