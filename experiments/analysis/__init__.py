"""What a test found: counted, compared and said in plain words. It needs the trainer's libraries; servers do not."""
