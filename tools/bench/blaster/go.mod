module contrail/blaster

go 1.19
