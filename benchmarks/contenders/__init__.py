"""The applications that are measured beside the service, each as its authors would write it."""
