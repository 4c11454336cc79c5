"""What a test found: counted, compared and said in plain words. It needs the trainer's libraries; the server does not."""
